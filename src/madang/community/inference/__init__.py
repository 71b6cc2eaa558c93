"""The site's only way to its models, and what they said: read once a text and version."""
