"""What boards tells the other apps, which it does not know."""

from django.dispatch import Signal

# All are sent inside the transaction that wrote.
# With post: Post and created: bool, when a text is new.
post_written = Signal()
# With post: Post, when the same text stands on another board.
post_moved = Signal()
# With comment: Comment.
comment_written = Signal()
# With board: Board.
board_changed = Signal()
