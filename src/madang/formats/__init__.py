"""What a model folder holds: its manifest, its items, and the models that ship."""
