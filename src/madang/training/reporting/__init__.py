"""What a run tells: its log, progress, curves, energy and result."""
