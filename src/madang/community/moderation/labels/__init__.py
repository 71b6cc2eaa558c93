"""One file a kind of label."""
