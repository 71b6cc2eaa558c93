"""From raw text to token shards: cleaning, sentences, deduplication, packing.

No model and no PyTorch in here; whatever learns from text reads the shards.
"""
