"""What boards tell who listens, beside what every app tells (``extension/signals.py``)."""

from django.dispatch import Signal

# Sent before the transaction that writes a post, with title: str and body: str: what takes long to
# find out about a text is found out here, while nothing is locked.
post_submitted = Signal()
# The others are sent inside the transaction that wrote.
# With contribution: Post, when the same text stands on another board.
post_moved = Signal()
# With board: Board.
board_changed = Signal()
