"""Filters of the moderation templates."""
