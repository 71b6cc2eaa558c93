"""The bricks of every transformer here: attention, feed-forward, positions, norms, masks, blocks.

A brick knows nothing of configs, checkpoints or model families: it receives finished parts and
numbers. What differs between two families is what their ``model.py`` passes in.
"""
