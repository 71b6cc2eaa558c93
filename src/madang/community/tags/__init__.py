"""Tags: suggested from the names in a text, set by its author alone."""
