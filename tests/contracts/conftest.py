"""What stands in ``toy/`` is copied into a copy of the source, and works only there."""

collect_ignore = ["toy"]
