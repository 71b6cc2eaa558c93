"""What boards, and the other apps that keep items (``item.py``), tell who listens."""

from django.dispatch import Signal

# Sent before the transaction that writes a post, with title: str and body: str: what takes long to
# find out about a text is found out here, while nothing is locked.
post_submitted = Signal()
# The next five are sent inside the transaction that wrote.
# With post: Post and created: bool, when a text is new.
post_written = Signal()
# With post: Post, when the same text stands on another board.
post_moved = Signal()
# With contribution: Contribution (``contribution.py``), when the text of one that is no post is
# new; posts have their own signal.
contribution_written = Signal()
# With board: Board.
board_changed = Signal()
# With item: str, when the text of an item that is no post is new; posts have their own signal.
item_written = Signal()
# With contribution: Contribution, of any kind, when it was deleted for good, whoever deleted it.
contribution_deleted = Signal()
# With item: str, when an item that is no post was deleted for good, whoever deleted it.
item_deleted = Signal()
# With item: str and reader: User, when somebody opened the page of another person's item.
item_opened = Signal()
# With item: str, person: User and is_taken: bool, when somebody said that they bought or got an
# item, or took that back.
item_taken = Signal()
