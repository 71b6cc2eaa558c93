"""What is told of what the models said."""

from django.dispatch import Signal

# Sent inside the transaction that keeps the answer, with reading: Reading, whose answer is new.
answered = Signal()
# Sent when a text changed or is no longer read, with kind: str, contribution: Contribution and
# is_read: bool, whether the new text is: what was said of the earlier one holds no longer.
outdated = Signal()
