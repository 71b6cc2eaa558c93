"""One file a data set: its card, and how its files are read."""
