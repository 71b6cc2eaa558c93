"""Every data set by name: where it is public, under which licence, its checksum, a typed reader."""
