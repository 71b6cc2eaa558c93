"""What boards tells the other apps, which it does not know."""

from django.dispatch import Signal

# Sent inside the transaction that wrote the post, with post: Post and created: bool.
post_written = Signal()
