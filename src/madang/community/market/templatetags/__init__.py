"""Filters of the market's templates."""
