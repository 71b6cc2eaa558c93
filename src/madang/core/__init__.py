"""The parts of every transformer here: attention, feed-forward, positions, norms, masks, blocks.

A part knows nothing of configs, checkpoints or model families: it receives finished parts and
numbers. Two families differ in what their ``model.py`` passes in.
"""
