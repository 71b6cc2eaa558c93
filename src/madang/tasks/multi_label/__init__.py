"""Give a text those of the labels that it has."""
