"""A question and its context as a model reads them: ``[CLS] question [SEP] context [SEP]``.

A context longer than a model reads is cut into overlapping windows, each with the whole question
before it, so that nothing is lost (``madang.text.window``). Training and serving both
build their input here. Source of the layout: Devlin 2018, section 4.2.
"""

import dataclasses
from collections.abc import Sequence

from madang.errors import SettingError
from madang.text.overlap import context_overlap, overlap_id, shared_runs
from madang.text.tokenizer import Tokenizer
from madang.text.window import windows

NUM_SPECIAL = 3  # [CLS] question [SEP] context [SEP]
OVERLAP_SHARE = 3  # windows of 384 tokens share 128: far more than the longest answer


@dataclasses.dataclass(frozen=True, slots=True)
class QuestionWindow:
    """One view of a context with its question.

    ``first`` is the position of the first context token. ``offsets`` are the characters of the
    context tokens in the whole context; there is one for each, from ``first`` on.
    ``overlap_ids`` tell what each token shares with the other side (``madang.text.overlap``).
    """

    input_ids: list[int]
    token_type_ids: list[int]
    overlap_ids: list[int]
    first: int
    offsets: list[tuple[int, int]]

    @property
    def stop(self) -> int:
        """The position after the last context token."""
        return self.first + len(self.offsets)


def question_windows(
    tokenizer: Tokenizer, question: str, context: str, *, max_length: int
) -> list[QuestionWindow]:
    """Return the windows of at most ``max_length`` tokens through which a context is read.

    Neighbours share a third of that, or less where a long question leaves less room. A question may
    take half of the room; of a longer one the end is read, where the verb of a Korean question
    stands. Raises ``SettingError`` when there is no room for a context at all.
    """
    cls_id, sep_id = tokenizer.cls_id, tokenizer.sep_id
    assert cls_id is not None, "a BERT's tokenizer has [CLS]"
    assert sep_id is not None, "a BERT's tokenizer has [SEP]"
    room = max_length - NUM_SPECIAL
    if room < 2:
        raise SettingError(f"max_length is {max_length}; a question needs 5 tokens or more.")
    asked, read = (each.content() for each in tokenizer.encode([question, context]))
    asked_ids, asked_offsets = asked.ids[-(room // 2) :], asked.offsets[-(room // 2) :]
    size = room - len(asked_ids)
    asked_tokens = _surfaces(question, asked_offsets)
    read_tokens = _surfaces(context, read.offsets)
    asked_overlap = [overlap_id(run, 0) for run in shared_runs(asked_tokens, read_tokens)]
    read_overlap = context_overlap(
        question,
        context,
        question_tokens=asked_tokens,
        context_tokens=read_tokens,
        offsets=read.offsets,
    )
    first = len(asked_ids) + 2
    stride = max(1, size - min(size // 2, max_length // OVERLAP_SHARE))
    return [
        QuestionWindow(
            input_ids=[cls_id, *asked_ids, sep_id, *read.ids[start:stop], sep_id],
            token_type_ids=[0] * first + [1] * (stop - start + 1),
            overlap_ids=[0, *asked_overlap, 0, *read_overlap[start:stop], 0],
            first=first,
            offsets=read.offsets[start:stop],
        )
        for start, stop in windows(len(read.ids), size=size, stride=stride)
    ]


def _surfaces(text: str, offsets: Sequence[tuple[int, int]]) -> list[str]:
    """Return what stands in the text, so that an unknown token equals only itself."""
    return [text[start:end].casefold() for start, end in offsets]
