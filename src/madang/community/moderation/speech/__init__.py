"""Hate and insults: folded, explained, appealed, decided."""
