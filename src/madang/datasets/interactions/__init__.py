"""Interactions of people with items: read, filtered, partitioned, held out."""
