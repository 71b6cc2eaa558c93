"""Recipes: one TOML file names everything that a model is made of, and its ``kind`` who makes it.

A kind is a file here: the dataclass whose fields are the keys of its recipes, and what a run of one
does, from its data to a checkpoint.
"""
