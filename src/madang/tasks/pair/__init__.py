"""Say what holds between two texts: one of some labels, or how alike they are."""
