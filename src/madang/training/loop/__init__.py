"""The loop itself: batches, steps, evaluation, checkpoints, and what interrupts it."""
