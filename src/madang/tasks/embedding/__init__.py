"""Give texts vectors that are near where the texts mean the same."""
