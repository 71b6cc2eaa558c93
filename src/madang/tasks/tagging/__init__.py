"""Find the named things of a text, with their exact characters."""
