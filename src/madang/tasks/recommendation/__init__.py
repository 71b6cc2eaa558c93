"""Recommend the next item of a history."""
