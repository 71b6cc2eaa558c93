"""What every predictor is, whatever its answers and whatever computes them.

A graph, a tokenizer and a manifest are opened together, and only if they belong together.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, Self, TypeVar

import numpy as np
import numpy.typing as npt

from madang.errors import CheckpointError, SettingError
from madang.formats.catalogue import find_model
from madang.formats.manifest import GRAPH_NAME, Manifest, read_manifest
from madang.formats.trunk import find_graph
from madang.runtime.onnx import OnnxRunner
from madang.runtime.runner import Array, Feed, Runner
from madang.runtime.trunk import TrunkRunner, open_trunk
from madang.tasks import registry
from madang.text.excerpt import Excerpt, read_ends
from madang.text.legibility import is_legible
from madang.text.tokenizer import Encoding, Tokenizer
from madang.text.window import most_tokens, read_beginnings

# The outputs whose last axis is a number a label.
LABELLED = ("logits", "emissions")

ItemT = TypeVar("ItemT")


class Opened(NamedTuple):
    """A model folder, its manifest and what runs its model.

    ``arrays`` are what a checkpoint has beside the module that runs; an export has them in its
    folder.
    """

    folder: Path
    manifest: Manifest
    runner: Runner
    arrays: Mapping[str, Array] | None = None


class Predictor:
    """A model that answers.

    ``version`` tells two states of a model apart, ``max_length`` is what it reads at once, in
    tokens; ``labels``, ``threshold`` and ``fewest_letters`` are those of its manifest.
    """

    version: str

    def __init__(self, *, runner: Runner, tokenizer: Tokenizer, manifest: Manifest) -> None:
        """Put the parts of a model together; ``load`` does so with its checks."""
        self.manifest = manifest
        self.max_length = manifest.max_length
        self.labels = manifest.labels
        self.threshold = manifest.threshold
        self.fewest_letters = manifest.fewest_letters
        self.version = runner.sha256[:12]
        self._runner = runner
        self._tokenizer = tokenizer

    @classmethod
    def load(cls, name_or_folder: str | Path, *, num_threads: int = 1) -> Self:
        """Open a shipped model by its name, or an exported folder by its path.

        ``num_threads`` texts are read at once; the answers are the same for any number.

        Raises ``CheckpointError`` when the folder holds no whole, untouched model for a task that
        is served here, and ``TokenizerMismatchError`` when its tokenizer is another one.
        """
        if num_threads < 1:
            raise SettingError(f"num_threads is {num_threads}; it must be 1 or more.")
        folder = find_model(name_or_folder)
        manifest = read_manifest(folder)
        found = cls.of_task(folder, manifest)
        found.check_manifest(folder, manifest)
        runner = open_runner(folder, manifest, num_threads=num_threads)
        check_labels(folder, manifest, runner)
        return found.of(Opened(folder, manifest, runner))

    @classmethod
    def of(cls, opened: Opened) -> Self:
        """Return the predictor of a model folder, over what runs its model."""
        tokenizer = Tokenizer.load(opened.folder)
        return cls(runner=opened.runner, tokenizer=tokenizer, manifest=opened.manifest)

    @classmethod
    def of_task(cls, folder: Path, manifest: Manifest) -> type[Self]:
        """Return this class, or the one below it that answers for a model's task.

        Raises ``CheckpointError`` for a model that answers something else.
        """
        if not registry.is_served(manifest.task):
            served = ", ".join(map(repr, registry.served_names()))
            raise CheckpointError(
                f"{folder} is a model for {manifest.task!r}; served are {served}. Give another one."
            )
        found = registry.find_predictor(manifest.task)
        if not issubclass(found, cls):
            names = registry.served_names()
            own = [name for name in names if issubclass(registry.find_predictor(name), cls)]
            signature = registry.find_task(own[0]).signature
            assert signature is not None
            raise CheckpointError(
                f"{folder} is a model for {manifest.task!r}; {signature.model} needs the task "
                f"{' or '.join(map(repr, own))}. Give another one."
            )
        return found

    def outputs(self, asked: Sequence[Any]) -> Iterator[tuple[Array, ...]]:
        """Yield what the model says of each text, or pair of texts, before anything is decided.

        A student learns from it. Raises ``SettingError`` for a task of which none does.
        """
        raise SettingError(f"A model for {self.manifest.task!r} teaches nobody. Give another one.")

    def is_judged(self, texts: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Say of each text whether there is anything in it to judge, (N,).

        Without a token that the vocabulary knows, or with fewer letters and digits than
        ``fewest_letters``, a text gets no answer, wherever it is asked about.
        """
        limit = most_tokens(self.max_length)
        encodings = read_beginnings(self._tokenizer, texts, max_length=limit)
        return np.array(list(map(self._is_legible, texts, encodings)), np.bool_)

    def _is_legible(self, text: str, encoding: Encoding) -> bool:
        return is_legible(text, encoding, self._tokenizer, fewest_letters=self.fewest_letters)

    def excerpt(self, text: str, *, max_tokens: int) -> Excerpt:
        """Return the beginning and the end of a text, together at most ``max_tokens`` tokens.

        They are never more than sixteen windows, so all of it is read.
        """
        limit = min(max_tokens, most_tokens(self.max_length))
        return read_ends(text, self._tokenizer, max_tokens=limit)

    @classmethod
    def check_manifest(cls, folder: Path, manifest: Manifest) -> None:
        """Raise ``CheckpointError`` for a manifest by which nothing can be answered."""


def load(name_or_folder: str | Path, *, num_threads: int = 1) -> Any:
    """Open a shipped model by its name, or an exported folder by its path, whatever its task.

    The answer is a ``Classifier``, ``Tagger``, ``Embedder``, ``Recommender``, ``Answerer``,
    ``Comparer`` or ``Encoder``; ``num_threads`` is as in its own ``load``.

    Raises ``CheckpointError`` for a task that nothing serves, and what that ``load`` raises.
    """
    return Predictor.load(name_or_folder, num_threads=num_threads)


def open_runner(folder: Path, manifest: Manifest, *, num_threads: int = 1) -> OnnxRunner:
    """Return what runs the graph of a model folder, on its trunk where it has one.

    Raises ``CheckpointError`` for a graph, or a trunk, that is missing or not the one exported.
    """
    signature = registry.find_task(manifest.task).signature
    assert signature is not None
    path, lower = folder / GRAPH_NAME, find_graph(folder, manifest)
    runner: OnnxRunner
    if lower is None or manifest.trunk is None:
        runner = OnnxRunner(path, signature=signature, num_threads=num_threads)
    else:
        trunk = open_trunk(lower, sha256=manifest.trunk.sha256)
        runner = TrunkRunner(path, trunk=trunk, signature=signature, num_threads=num_threads)
    check_hash(folder, manifest, runner.graph_sha256)
    return runner


def check_labels(folder: Path, manifest: Manifest, runner: OnnxRunner) -> None:
    """Raise ``CheckpointError`` where the graph tells another number of labels apart."""
    output = next(iter(runner.signature.outputs))
    if output not in LABELLED or not manifest.labels:
        return
    width = runner.width(output)
    if width not in (None, len(manifest.labels)):
        raise CheckpointError(
            f"The manifest of {folder} names {len(manifest.labels)} labels, but its graph tells "
            f"{width} apart. The files are not of one model: copy the folder again."
        )


def check_hash(folder: Path, manifest: Manifest, found: str) -> None:
    """Refuse a model file whose bytes are not those that were exported."""
    exported = manifest.record.get("export", {}).get("model_sha256", found)
    if found != exported:
        raise CheckpointError(
            f"{folder / GRAPH_NAME} has SHA-256 {found[:16]}…, but {exported[:16]}… was exported. "
            f"It was damaged or replaced: copy the folder again or export it anew."
        )


def refuse_string(texts: Sequence[str], *, call: str) -> None:
    """Raise ``SettingError`` for one text where a list is wanted: a string is a list of letters."""
    if isinstance(texts, str):
        raise SettingError(f"texts is one string; give a list of strings: {call}([text]).")


def run_parts(runner: Runner, feeds: Sequence[Sequence[Feed]]) -> Iterator[list[tuple[Array, ...]]]:
    """Yield the outputs of each text's parts; the parts of all are run together."""
    outputs = runner.run([feed for parts in feeds for feed in parts])
    for parts in feeds:
        yield list(islice(outputs, len(parts)))


def in_batches(items: Iterable[ItemT], batch_size: int) -> Iterator[list[ItemT]]:
    """Yield the items in lists of ``batch_size``; ``SettingError`` for a size below 1.

    >>> list(in_batches("abc", 2))
    [['a', 'b'], ['c']]
    """
    if batch_size < 1:
        raise SettingError(f"batch_size is {batch_size}; it must be 1 or more.")
    remaining = iter(items)
    while batch := list(islice(remaining, batch_size)):
        yield batch
