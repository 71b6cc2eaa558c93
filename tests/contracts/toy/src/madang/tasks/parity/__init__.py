"""Say whether a text has an odd number of sentences."""
