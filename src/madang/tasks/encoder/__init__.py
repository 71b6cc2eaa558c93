"""Give the vectors of a bare encoder, as it was published."""
