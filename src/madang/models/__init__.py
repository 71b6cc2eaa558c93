"""The model families: each a folder with its config, its model and its Hugging Face names."""
