"""Figures side by side, for people as a table and for programs as JSON."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from madang import storage
from madang.metrics.figure import Figure

# The figures of each model by name, and those of each protocol.
Columns = Mapping[str, Mapping[str, Figure]]


def print_table(title: str, columns: Columns) -> None:
    """Print figures side by side, a column a model."""
    print(f"\n{title}")
    names = list(dict.fromkeys(name for figures in columns.values() for name in figures))
    widths = {
        column: max(24, len(column), *(len(str(figure)) for figure in figures.values())) + 2
        for column, figures in columns.items()
    }
    widest = max(32, *(len(name) + 2 for name in names))
    print(" " * widest + "".join(f"{column:<{width}}" for column, width in widths.items()))
    for name in names:
        cells = (f"{columns[column].get(name, '')!s:<{widths[column]}}" for column in columns)
        print(f"{name:<{widest}}{''.join(cells)}".rstrip())


def write_report(path: Path, report: Mapping[str, Any]) -> None:
    """Write figures as JSON, whole or not at all, in whatever mappings they lie."""
    storage.write_text(path, json.dumps(plain(report), ensure_ascii=False, indent=2) + "\n")


def plain(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested figures as numbers; whatever else stands there stays.

    >>> plain({"accuracy": Figure(value=0.5, low=0.4, high=0.6)})
    {'accuracy': {'value': 0.5, 'low': 0.4, 'high': 0.6}}
    """
    found = {}
    for name, value in report.items():
        if isinstance(value, Figure):
            found[name] = dataclasses.asdict(value)
        else:
            found[name] = plain(value) if isinstance(value, Mapping) else value
    return found
