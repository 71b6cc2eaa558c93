"""What is done when apps say that something was written."""

from typing import Any

from django.db import transaction

from madang.community.extension.contribution import Contribution
from madang.community.inference import actions
from madang.community.inference.models import Reading
from madang.community.inference.tasks import read_all, read_unread


def read_contribution(*, contribution: Contribution, **_: Any) -> None:
    """Have what was written, edited or moved read once it is safely stored."""
    readings = actions.open_readings(contribution)
    if readings:
        # Robust: the text is stored, and is read later where it can not be now.
        transaction.on_commit(lambda: read_all(readings), robust=True)


def forget_contribution(*, contribution: Contribution, **_: Any) -> None:
    """Delete what was read of a contribution that is no more."""
    Reading.objects.of(contribution).delete()


def read_board(**_: Any) -> None:
    """Have the posts of a board read by the models that its kind asks for."""
    read_unread.enqueue()  # with what was written, or not at all
