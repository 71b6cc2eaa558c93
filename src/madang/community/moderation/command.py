"""What the moderators decided, as a data set to train on."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from madang import storage
from madang.community.site.opening import open_site
from madang.errors import SettingError
from madang.suggestion import did_you_mean

#: Of a kind of label of which a text may have several, ``labels`` stands beside ``label``.
COLUMNS = ("text", "label", "group", "decided_at", "model_version")


def export_decisions(output: Path, *, about: str = "ads") -> None:
    """Write the moderators' decisions as a data set that `madang train` reads.

    Raises ``SettingError`` for a name of another ending or a kind of label that there is not, and
    ``DataError`` without a site.
    """
    write = _WRITERS.get(output.suffix.lower())
    if write is None:
        raise SettingError(
            f"{output} ends in {output.suffix or 'nothing'}; allowed are .csv and .jsonl: "
            "name the file so."
        )
    open_site(table="moderation_decision")
    from madang.community.moderation.registry import KINDS

    if about not in KINDS:
        raise SettingError(
            f"There are no decisions about {about!r}; the kinds of labels are {', '.join(KINDS)}. "
            f"{did_you_mean(about, KINDS, otherwise='Give one of them: --about.')}"
        )
    with storage.replacing(output) as temporary, temporary.open("w", encoding="utf-8") as file:
        said = KINDS[about].row(KINDS[about].LABELS.values[0])
        num_rows = write(file, decided_rows(about), [COLUMNS[0], *said, *COLUMNS[2:]])
    print(f"{output}: {num_rows} texts with a moderator's decision")


def decided_rows(about: str = "ads") -> Iterator[dict[str, Any]]:
    """Yield one row a text, in the order in which they were decided."""
    from django.db.models import Max

    from madang.community.moderation.models import Decision
    from madang.community.moderation.registry import KINDS

    labelled = Decision.objects.filter(kind=about).exclude(label="")
    latest = labelled.values("text_sha256").order_by().annotate(latest=Max("pk")).values("latest")
    for decision in labelled.filter(pk__in=latest).order_by("pk").iterator():
        yield {
            "text": decision.text,
            **KINDS[about].row(decision.label),
            "group": f"author-{decision.author_id}" if decision.author_id else "",
            "decided_at": decision.decided_at.isoformat(),
            "model_version": decision.model_version,
        }


def _write_csv(file: TextIO, rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> int:
    writer = csv.DictWriter(file, columns, lineterminator="\n")
    writer.writeheader()
    num_rows = 0
    for num_rows, row in enumerate(rows, start=1):  # noqa: B007
        writer.writerow(row)
    return num_rows


def _write_jsonl(file: TextIO, rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> int:
    num_rows = 0
    for num_rows, row in enumerate(rows, start=1):  # noqa: B007
        ordered = {name: row[name] for name in columns}
        file.write(json.dumps(ordered, ensure_ascii=False) + "\n")
    return num_rows


_WRITERS = {".csv": _write_csv, ".jsonl": _write_jsonl}
