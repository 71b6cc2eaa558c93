"""Say beside a post that it is short."""
