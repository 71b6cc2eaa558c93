"""How one of a recipe's data is taken: by which labels, how many rows of it, which groups not.

Data from several places are seldom labelled alike. One names other labels, one has no labels but is
known to be ordinary, one says only that a comment is offensive and not in which way. A recipe says
for each of them what its rows say of the recipe's own labels, and how many are learned from.
"""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from madang.datasets.card import Document, LabelledText, MultiLabelText
from madang.datasets.split import fold_of, hash_share
from madang.errors import DataError, SettingError
from madang.suggestion import did_you_mean
from madang.validation import Count, Name, Natural

# The hash by which rows are chosen; others choose what is held out.
DRAW = 2
Names = frozenset[str]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Meaning:
    """What is known of a text: it ``has`` these of the recipe's labels, at least one of ``any_of``.

    Of those in ``unknown`` nothing is known. It has none of the others.
    """

    has: tuple[Name, ...] = ()
    any_of: tuple[Name, ...] = ()
    unknown: tuple[Name, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All labels that it speaks of."""
        return (*self.has, *self.any_of, *self.unknown)


# A label, all of several, or a meaning in full; an empty list is none of the recipe's labels.
Said = Name | tuple[Name, ...] | Meaning


def meaning_of(said: Said) -> Meaning:
    """Return what a recipe says of a label as a meaning.

    >>> meaning_of("insult") == meaning_of(("insult",)) == Meaning(has=("insult",))
    True
    """
    if isinstance(said, Meaning):
        return said
    return Meaning(has=(said,) if isinstance(said, str) else tuple(said))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Part:
    """How one of the data of a recipe is taken.

    ``label``: what every text is, whatever the data says of it. ``labels``: what each label of the
    data says of the recipe's; a label of the same name needs no line. ``unknown``: labels of which
    the data says nothing where it gives a text some label; a text without any has none.

    ``most``: how many rows are learned from at most, ``most_of`` of the groups that it names; 0
    leaves a group out. The rows are chosen by the hash of their text, and of what is held out the
    same share is. ``repeats``: how often an epoch shows each row. ``without_fold``: ``[2, 5]``
    leaves out the groups of the second of five folds, to be measured.
    """

    label: Said | None = None
    labels: Mapping[str, Said] = dataclasses.field(default_factory=dict)
    unknown: tuple[Name, ...] = ()
    most: Natural | None = None
    most_of: Mapping[str, Natural] = dataclasses.field(default_factory=dict)
    repeats: Count = 1
    without_fold: tuple[Count, Count] | None = None

    def __post_init__(self) -> None:
        """Raise ``SettingError`` for what contradicts itself."""
        if self.label is not None and (self.labels or self.unknown):
            raise SettingError(
                "label says what every text is, so labels and unknown say nothing. Leave them out."
            )
        if self.without_fold is not None and self.without_fold[0] > self.without_fold[1]:
            fold, num_folds = self.without_fold
            raise SettingError(
                f"without_fold is fold {fold} of {num_folds}. Give [1, {num_folds}]."
            )

    @property
    def is_relabelled(self) -> bool:
        """Whether its labels are not those of the data."""
        return self.label is not None or bool(self.labels or self.unknown)


class Labelling:
    """What the rows of data called ``name`` say of a recipe's ``labels``, by the ``own`` labels."""

    def __init__(self, part: Part, *, name: str, own: Sequence[str], labels: Sequence[str]) -> None:
        """Raise ``SettingError`` for a label that the data or the recipe does not name."""
        self._name, self._labels = name, labels
        self._part = part
        for given in part.labels:
            if given not in own:
                known = f"Its labels are {', '.join(own) or 'none: say label, what every text is'}."
                raise SettingError(
                    f"mixture.{name}.labels names {given!r}, which {name} does not have. "
                    f"{did_you_mean(given, own, otherwise=known)}"
                )
        said = part.labels if part.label is None else {}
        self._meanings = [
            meaning_of(said.get(each, each)) if part.label is None else Meaning() for each in own
        ]
        self._every = meaning_of(part.label) if part.label is not None else Meaning()
        for meaning in (*self._meanings, self._every, Meaning(unknown=part.unknown)):
            self._check(meaning)

    def _check(self, meaning: Meaning) -> None:
        for given in meaning.names:
            if given not in self._labels:
                known = f"The recipe's labels are {', '.join(self._labels)}."
                raise SettingError(
                    f"mixture.{self._name} gives the label {given!r}, which the recipe does not "
                    f"have. {did_you_mean(given, self._labels, otherwise=known)} Say what each "
                    f"label of {self._name} is in [mixture.{self._name}.labels]."
                )

    def rows(self, rows: Iterable[Any], kind: type[Any], left_out: Counter[str]) -> Iterator[Any]:
        """Yield rows of a kind: a text with one label, or with any number of them.

        What says nothing to the kind is no row, but is counted by why. Raises ``DataError`` for
        rows that are no single texts.
        """
        for row in rows:
            if not isinstance(row, Document | LabelledText | MultiLabelText):
                raise DataError(
                    f"{self._name} holds rows of another kind ({type(row).__name__}); texts with "
                    f"labels, or without, can be mixed. Choose other data."
                )
            has, any_of, unknown = self._known(row)
            says_something = bool(any_of) or len(unknown) < len(self._labels)
            if kind is MultiLabelText and says_something:
                yield MultiLabelText(
                    text=row.text,
                    labels=self._numbers(has),
                    unknown=self._numbers(unknown),
                    any_of=self._numbers(any_of),
                    group=row.group,
                )
            elif kind is LabelledText and len(has) == 1 and not (any_of or unknown):
                yield LabelledText(text=row.text, label=self._numbers(has)[0], group=row.group)
            else:
                left_out["with several labels" if len(has) > 1 else "without a label"] += 1

    def _known(self, row: Document | LabelledText | MultiLabelText) -> tuple[Names, Names, Names]:
        """Return the labels that a text has, at least one of which it has, and that are unknown."""
        numbers: tuple[int, ...] = ()
        if isinstance(row, LabelledText):
            numbers = (row.label,)
        elif isinstance(row, MultiLabelText):
            numbers = row.labels
        meanings = [self._every, *(self._meanings[number] for number in numbers)]
        has = frozenset(name for each in meanings for name in each.has)
        any_of = frozenset(name for each in meanings for name in each.any_of)
        unknown = frozenset(name for each in meanings for name in each.unknown)
        if has or any_of:
            unknown |= frozenset(self._part.unknown)
        # What is known of one label settles nothing of another, but a met "at least one" is met.
        unknown, any_of = (unknown | any_of, frozenset()) if has & any_of else (unknown, any_of)
        return has, any_of, unknown - has - any_of

    def _numbers(self, names: Names) -> tuple[int, ...]:
        return tuple(number for number, name in enumerate(self._labels) if name in names)


def chosen(
    rows: Sequence[Any], part: Part, *, text: Any, learned: Sequence[Any], name: str
) -> list[Any]:
    """Return those of the rows that are taken; ``learned`` are all that could be learned from.

    ``text`` gives what a row is chosen by. Raises ``SettingError`` for a group that no row has.
    """
    found = (getattr(row, "group", None) for row in (*learned, *rows))
    groups = {group for group in found if group is not None}
    for group in part.most_of:
        if group not in groups:
            known = f"Known are {', '.join(sorted(groups)[:8]) or 'none'}."
            raise SettingError(
                f"mixture.{name}.most_of names the group {group!r}, which {name} does not have. "
                f"{did_you_mean(group, sorted(groups), otherwise=known)}"
            )
    rows, learned = _outside(rows, part, name=name), _outside(learned, part, name=name)
    for group, most in part.most_of.items():
        rows, learned = (
            _fewer(rows, group, most, text=text, of=learned),
            _fewer(learned, group, most, text=text, of=learned),
        )
    return _fewer(rows, None, part.most, text=text, of=learned)


def _outside(rows: Sequence[Any], part: Part, *, name: str) -> list[Any]:
    """Return the rows whose group is not in the fold that is left out."""
    if part.without_fold is None:
        return list(rows)
    fold, num_folds = part.without_fold
    if any(getattr(row, "group", None) is None for row in rows):
        raise SettingError(
            f"mixture.{name}.without_fold leaves out groups, and {name} has rows without one. "
            f"Leave it out."
        )
    return [row for row in rows if fold_of(row.group, num_folds) != fold]


def _fewer(
    rows: Sequence[Any], group: str | None, most: int | None, *, text: Any, of: Sequence[Any]
) -> list[Any]:
    """Return the rows; of a group, or of all, as large a share as ``most`` is of ``of``."""

    def is_in(row: Any) -> bool:
        return group is None or row.group == group

    num_learned = sum(map(is_in, of))
    if most is None or num_learned <= most:
        return list(rows)
    inside = [number for number, row in enumerate(rows) if is_in(row)]
    inside.sort(key=lambda number: (hash_share(text(rows[number]), draw=DRAW), number))
    dropped = set(inside[round(len(inside) * most / num_learned) :])
    return [row for number, row in enumerate(rows) if number not in dropped]
