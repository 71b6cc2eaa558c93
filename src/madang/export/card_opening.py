"""What the card of a model says first, and where it ends, by its task: one line a task."""

from typing import NamedTuple

from madang.formats.manifest import Manifest

WORDS_ALONE = (
    "The answer is an estimate from words alone: it knows no pictures, no links, no author."
)
REASON = (
    "A reason is what the model went by. It is not a proof that the text is what the label says."
)
UNLIKE = "Text unlike the training data (another platform, topic or language) is judged less well."


class Opening(NamedTuple):
    """What a model of a task is and does, how it is called, and its general limits."""

    what: str
    does: str
    command: str
    limits: tuple[str, ...] = (WORDS_ALONE, UNLIKE)


CLASSIFIER = Opening(
    "A text classifier",
    "it gives a text {one} of the labels {labels}, a probability and the words that carried the "
    "decision. It reads a long text in windows of {max_length} tokens.",
    'madang classify --model {name} "…"',
    (WORDS_ALONE, REASON, UNLIKE),
)
OPENINGS = {
    "classification": CLASSIFIER,
    "multi_label": CLASSIFIER,
    "tagging": Opening(
        "A tagger",
        "it finds the named things in a text, with their type, their exact characters and a "
        "probability. It reads a long text in windows of {max_length} tokens.",
        'madang tag --model {name} "…"',
    ),
    "embedding": Opening(
        "A sentence encoder",
        "it gives a text a vector of length 1, near those of texts that mean the same. It reads a "
        "long text in windows of {max_length} tokens.",
        'madang similar --model {name} "…" "…"',
        (
            UNLIKE,
            "A cosine is high between texts about the same matter too, also where one denies what "
            "the other says. Which cosine is near enough has to be found out on one's own texts.",
            "A search for words that stand in a text is better done by letters.",
        ),
    ),
    "recommendation": Opening(
        "A recommender",
        "it gives the items that go best with a history of items, the oldest first. It reads the "
        "last {max_length} of a long one.",
        "madang recommend --model {name} --history …",
        (
            "It knows what people did and not why. What is popular is recommended more often than "
            "what is not, and what was shown before was met more often.",
            "A score is comparable within one answer alone. It is no probability.",
            "An item that nobody met can be recommended only where the model was trained with "
            "descriptions.",
        ),
    ),
    "answering": Opening(
        "A reader",
        "it answers a question by a span of a text that holds the answer. It reads a long text in "
        "windows of {max_length} tokens.",
        'madang answer --model {name} "…"',
    ),
}
OTHER = Opening("A model", "it is made for the task {task!r}.", "madang evaluate --model {name}")


def opening(manifest: Manifest) -> Opening:
    """Return what is said of a model's task."""
    return OPENINGS.get(manifest.task, OTHER)


def first_sentence(manifest: Manifest) -> str:
    """Return what the model is and does.

    >>> first_sentence(Manifest(family="bert", task="masked_tokens", tokenizer_sha256=""))
    "A model of the family `bert`: it is made for the task 'masked_tokens'."
    """
    found = opening(manifest)
    does = found.does.format(
        one="any number" if manifest.task == "multi_label" else "one",
        labels=", ".join(f"`{label}`" for label in manifest.labels),
        max_length=manifest.max_length,
        task=manifest.task,
    )
    return f"{found.what} of the family `{manifest.family}`: {does}"
