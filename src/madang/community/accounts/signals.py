"""What accounts tell the other apps."""

from django.dispatch import Signal

# With person: User, inside the transaction that deletes the account and before it does: who keeps
# something of theirs locks it, so that nobody adds to it meanwhile (``extension/lock.py``).
account_closing = Signal()
