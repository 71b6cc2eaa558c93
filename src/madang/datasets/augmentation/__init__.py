"""Texts to learn from, disguised as people disguise them."""
