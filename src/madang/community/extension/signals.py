"""What apps that keep contributions (``contribution.py``) and items (``item.py``) tell."""

from django.dispatch import Signal

# The first two are sent inside the transaction that wrote.
# With contribution: Contribution and created: bool, when a text is new.
contribution_written = Signal()
# With contribution: Contribution, of any kind, when it was deleted for good, whoever deleted it.
contribution_deleted = Signal()
# With item: str and reader: User, when somebody opened the page of another person's item.
item_opened = Signal()
# With item: str, person: User and is_taken: bool, when somebody said that they bought or got an
# item, or took that back.
item_taken = Signal()
