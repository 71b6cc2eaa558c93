"""The model card of an export: ``README.md``, written from what the training run recorded.

It follows Mitchell et al. 2019 (model cards for model reporting): what it is, what it was trained
on and under which licence, how it was measured, where it ends. Keys of the record that it knows:

- ``data``: a list of names that ``madang data list`` knows, or of
  ``{"name", "address", "licence", …}``, one a data set;
- ``rows``: how many rows of each of the data were learned from, by its name;
- ``figures``: metric name (with its protocol) to value, or to ``{"value", "low", "high"}``;
- ``limits``: sentences about what the model does badly;
- ``export``: what the export wrote.

Everything else of the record is listed as it is. What is not recorded is said to be so.
"""

import dataclasses
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from madang import storage
from madang.datasets import registry
from madang.datasets.card import NO_LICENCE
from madang.formats.manifest import Manifest, read_manifest, write_manifest
from madang.formats.trunk import Trunk
from madang.tasks import registry as tasks

FILE_NAME = "README.md"
KNOWN = ("data", "rows", "figures", "limits", "export")


def write_card(folder: Path, manifest: Manifest) -> None:
    """Write the model card of an export folder, whole or not at all."""
    storage.write_text(Path(folder) / FILE_NAME, render_card(Path(folder).name, manifest))


def record_figures(folder: Path, figures: Mapping[str, Any]) -> None:
    """Put measured figures into a model folder's manifest and card; a figure of that name goes.

    ``figures`` are named with their protocol, ``"accuracy[ads_instagram test]"``, and are numbers
    or ``{"value", "low", "high"}``.
    """
    manifest = read_manifest(folder)
    merged = {**manifest.record.get("figures", {}), **figures}
    manifest = dataclasses.replace(manifest, record={**manifest.record, "figures": merged})
    write_manifest(folder, manifest)
    write_card(folder, manifest)


def render_card(name: str, manifest: Manifest) -> str:
    """Return the model card as Markdown."""
    record, opening = manifest.record, tasks.find_task(manifest.task).opening
    sections = [
        f"# {name}",
        first_sentence(manifest),
        f"```sh\n{opening.command.format(name=shlex.quote(name))}\n```",
        *(["## Decision", _decision(manifest)] if manifest.labels else []),
        *(["## Trunk", _standing(manifest)] if manifest.trunk else []),
        "## Trained on",
        _data(record.get("data", ()), record.get("rows", {})),
        "## Figures",
        _figures(record.get("figures", {})),
        "## Limits",
        _bullets([*record.get("limits", ()), *opening.limits]),
        "## Training run",
        _table({key: value for key, value in record.items() if key not in KNOWN}),
        "## Export",
        _table(record.get("export", {})),
    ]
    return "\n\n".join(sections) + "\n"


def first_sentence(manifest: Manifest) -> str:
    """Return what the model is and does.

    >>> manifest = Manifest(family="bert4rec", task="recommendation", tokenizer_sha256="")
    >>> first_sentence(manifest).partition(":")[0]
    'A recommender of the family `bert4rec`'
    """
    opening = tasks.find_task(manifest.task).opening
    does = opening.does.format(
        labels=", ".join(f"`{label}`" for label in manifest.labels),
        max_length=manifest.max_length,
        task=manifest.task,
    )
    return f"{opening.what} of the family `{manifest.family}`: {does}"


def write_trunk_card(folder: Path, trunk: Trunk) -> None:
    """Write the card of a trunk folder."""
    sections = [
        f"# {Path(folder).resolve().name}",
        f"A trunk of the family `{trunk.family}`: the embeddings and the lower {trunk.num_layers} "
        f"layers of models that stand on it. It turns the tokens of a text into vectors of "
        f"{trunk.hidden_size} numbers, and gives no answer by itself.",
        "## Trained on",
        _data(trunk.record.get("data", ()), trunk.record.get("rows", {})),
        "## Training run",
        _table({key: value for key, value in trunk.record.items() if key not in KNOWN}),
        "## Export",
        _table({"precision": trunk.precision, "graph_sha256": trunk.graph_sha256}),
    ]
    storage.write_text(Path(folder) / FILE_NAME, "\n\n".join(sections) + "\n")


def _standing(manifest: Manifest) -> str:
    assert manifest.trunk is not None
    return (
        f"The folder holds the upper layers and the head. Embeddings and lower layers are those of "
        f"the trunk in `{manifest.trunk.folder}` (SHA-256 `{manifest.trunk.sha256[:16]}…`), which "
        f"other models share: it has to be there."
    )


def _decision(manifest: Manifest) -> str:
    calibration = manifest.calibration
    fewest = manifest.fewest_letters
    short = ""
    if fewest:
        short = f" Of fewer than {fewest} letters and digits there is nothing to judge."
    if len(manifest.labels) != 2:
        return f"The most probable label is given.{short}"
    last = manifest.labels[-1]
    probe = manifest.probe
    joined = " + weights · vector" if probe else ""
    said = (
        f"The score (the last logit minus the first) becomes a probability by "
        f"`sigmoid({calibration.scale:.4f} · score + {calibration.offset:.4f}{joined})`"
        + (f", the vector being what `{probe.encoder}` makes of the text." if probe else ".")
        if calibration
        else "The probabilities are not calibrated."
    )
    return f"{said} From a probability of {manifest.threshold:g} on, `{last}` is given.{short}"


def _data(data_sets: Iterable[str | Mapping[str, Any]], num_rows: Mapping[str, int]) -> str:
    lines, unlicensed = [], []
    for given in data_sets:
        data_set = _described(given) if isinstance(given, str) else given
        if isinstance(given, str) and given in num_rows:
            data_set = {**data_set, "rows learned from": f"{num_rows[given]:,}"}
        if str(data_set.get("licence", "")).startswith(NO_LICENCE):
            unlicensed.append(str(data_set["name"]))
        rest = {key: value for key, value in data_set.items() if key not in ("name", "licence")}
        details = "".join(f"; {key}: {_shown(value)}" for key, value in rest.items())
        licence = data_set.get("licence", "not recorded")
        lines.append(f"**{data_set.get('name', 'unnamed')}** (licence: {licence}{details})")
    said = f"\n\nNo licence is stated for {', '.join(unlicensed)}." if unlicensed else ""
    return _bullets(lines) + said if lines else "Not recorded."


def _described(name: str) -> Mapping[str, Any]:
    """Return what the registry knows of a data set; of a file of one's own, its name alone."""
    if name not in registry.CARDS:
        return {"name": Path(name).name}
    card = registry.find_card(name)
    origin = {"address": card.address} if card.address else {"repository": card.repository}
    return {"name": name, "what": card.title, **origin, "licence": card.licence}


def _figures(figures: Mapping[str, Any]) -> str:
    rows = {}
    for name, figure in figures.items():
        if isinstance(figure, Mapping) and {"value", "low", "high"} <= set(figure):
            value, low, high = (_shown(figure[key]) for key in ("value", "low", "high"))
            rows[name] = f"{value} (95 %: {low} to {high})"
        else:
            rows[name] = figure
    return _table(rows)


def _table(rows: Mapping[str, Any]) -> str:
    if not rows:
        return "Not recorded."
    lines = [f"| {_cell(key)} | {_cell(_shown(value))} |" for key, value in _flat(rows)]
    return "\n".join(["| what | value |", "|---|---|", *lines])


def _flat(rows: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in rows.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _shown(value: Any) -> str:
    """Return a value for people: numbers short, lists joined.

    >>> _shown(0.123456), _shown([1, 2]), _shown(None)
    ('0.1235', '1, 2', '–')
    """
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value))
    return str(value)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
