"""Give a text one of two labels or more."""
