"""Does a label survive what writers do to hide from it? Letter tricks on texts made for this.

Each text that is to be labelled is written in ten ways in which a person still reads it. An evasion
counts where the model labels the text as it stands: what it does not find anyway, nobody hides. The
same tricks stand on ordinary texts, of which none may be accused for the way it is written.
"""

import dataclasses
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from madang.errors import SettingError
from madang.metrics.figure import Figure, figure
from madang.tasks.classifier import Classifier
from madang.text.obfuscation.trick import TRICKS, obfuscate

CORPUS = Path(__file__).with_name("evasion.toml")
ORDINARY = "ordinary"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Evasions:
    """What came out: the trick of each evasion, whether it kept its label, and who was accused.

    ``found`` are the texts that the model labels as they stand, of ``num_texts``; ``accused`` the
    ordinary texts that it labels in some way of writing, ``accused_plain`` as they stand.
    """

    label: str
    num_texts: int
    found: Sequence[str]
    tricks: Sequence[str]
    is_kept: Sequence[bool]
    accused: Sequence[str]
    accused_plain: Sequence[str]

    def figures(self) -> dict[str, Figure]:
        """Return the shares that keep their label, of all and by trick, and the counts."""
        kept_N = np.array(self.is_kept, np.float64)
        named = {
            f"kept[{trick}]": kept_N[[each == trick for each in self.tricks]] for trick in TRICKS
        }
        found = np.array([1.0] * len(self.found) + [0.0] * (self.num_texts - len(self.found)))
        rows = {"found": found, "kept": kept_N, **named}
        return {name: figure(np.mean, each) for name, each in rows.items() if len(each)}


def read_corpus() -> Mapping[str, list[str]]:
    """Return the texts by label: ``spam``, ``ad`` and ``ordinary``."""
    return tomllib.loads(CORPUS.read_text(encoding="utf-8"))


def measure_evasions(model: Classifier, *, label: str | None = None) -> Evasions:
    """Return what letter tricks do to the label of a model, ``spam`` or ``ad``.

    Raises ``SettingError`` for a model that has no such label.
    """
    corpus = read_corpus()
    known = [each for each in model.labels if each in corpus and each != ORDINARY]
    if label is None and len(known) == 1:
        (label,) = known
    if label not in known:
        raise SettingError(
            f"The model has the labels {', '.join(model.labels)}; evasions are of the labels "
            f"{', '.join(each for each in corpus if each != ORDINARY)}. Give a model of these."
        )
    texts, ordinary = corpus[label], corpus[ORDINARY]

    def labelled(rows: Sequence[str]) -> list[bool]:
        given = (
            answer.labels if model.is_multi_label else (answer.label,)
            for answer in model.stream(rows)
        )
        return [label in each for each in given]

    found = [text for text, is_found in zip(texts, labelled(texts), strict=True) if is_found]
    evasions = [(trick, obfuscate(text, trick)) for text in found for trick in TRICKS]
    hidden = [(text, obfuscate(text, trick)) for text in ordinary for trick in TRICKS]
    is_accused = labelled([row for _, row in hidden])
    return Evasions(
        label=label,
        num_texts=len(texts),
        found=found,
        tricks=[trick for trick, _ in evasions],
        is_kept=labelled([row for _, row in evasions]),
        accused=sorted(
            {text for (text, _), is_so in zip(hidden, is_accused, strict=True) if is_so}
        ),
        accused_plain=[
            text for text, is_so in zip(ordinary, labelled(ordinary), strict=True) if is_so
        ],
    )
