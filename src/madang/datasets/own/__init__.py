"""People's own files as data sets: one file a kind of rows."""
