"""Reviews: whether a text praises or not, as far as a model can tell."""
