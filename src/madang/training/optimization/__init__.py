"""How weights change: AdamW, the schedule, cross-entropy in the cache, averaged weights."""
