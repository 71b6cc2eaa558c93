"""Recommendations: what a person opened, kept only with their consent, and what fits it."""
