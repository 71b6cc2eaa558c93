"""``madang count``: say whether a text has an odd number of sentences."""

from madang.serving import load


def count(text: str, *, model: str) -> None:
    """Print ``even`` or ``odd``.

    Args:
        text: the text whose sentences are counted.
        model: an exported folder.
    """
    (answer,) = load(model).parities([text])
    print(answer)
