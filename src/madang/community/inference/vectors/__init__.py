"""The vectors of texts in memory, and the exact search of the nearest."""
