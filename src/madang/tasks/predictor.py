"""A model folder on a CPU: what every served model is, whatever its answers.

Its graph, its tokenizer and its manifest are opened together, and only if they belong together.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar, Self

from madang.errors import CheckpointError, SettingError
from madang.formats import manifest as manifest_file
from madang.formats.catalogue import find_model
from madang.formats.manifest import Manifest
from madang.runtime.onnx import CLASSIFIER, FILE_NAME, Session, Signature
from madang.text.excerpt import Excerpt, read_ends
from madang.text.tokenizer import Tokenizer
from madang.text.window import most_tokens

# The outputs whose last axis is a number a label.
LABELLED = ("logits", "emissions")


class ServedModel:
    """The parts of an exported folder. ``tasks`` are those that a class serves, by ``signature``.

    ``version`` tells two states of a model apart, ``max_length`` is what it reads at once, in
    tokens.
    """

    tasks: ClassVar[tuple[str, ...]] = ()
    signature: ClassVar[Signature] = CLASSIFIER

    def __init__(self, *, session: Session, tokenizer: Tokenizer, manifest: Manifest) -> None:
        """Put the parts of a model folder together; ``load`` does so with its checks."""
        self.max_length = manifest.max_length
        self.version = session.sha256[:12]
        self._session = session
        self._tokenizer = tokenizer

    @classmethod
    def load(cls, name_or_folder: str | Path, *, num_threads: int = 1) -> Self:
        """Open a shipped model by its name, or an exported folder by its path.

        ``num_threads`` texts are read at once; the answers are the same for any number.

        Raises ``CheckpointError`` when the folder holds no whole, untouched model for a task that
        is served here, and ``TokenizerMismatchError`` when its tokenizer is another one.
        """
        folder, manifest, session = open_folder(
            name_or_folder,
            signature=cls.signature,
            check=cls.check_manifest,
            num_threads=num_threads,
        )
        return cls(session=session, tokenizer=Tokenizer.load(folder), manifest=manifest)

    def excerpt(self, text: str, *, max_tokens: int) -> Excerpt:
        """Return the beginning and the end of a text, together at most ``max_tokens`` tokens.

        They are never more than sixteen windows, so all of it is read.
        """
        limit = min(max_tokens, most_tokens(self.max_length))
        return read_ends(text, self._tokenizer, max_tokens=limit)

    @classmethod
    def check_manifest(cls, folder: Path, manifest: Manifest) -> None:
        """Raise ``CheckpointError`` for a model that answers something else."""
        check_task(folder, manifest, tasks=cls.tasks, signature=cls.signature)


def open_folder(
    name_or_folder: str | Path,
    *,
    signature: Signature,
    check: Callable[[Path, Manifest], None],
    num_threads: int,
) -> tuple[Path, Manifest, Session]:
    """Return a model's folder, its manifest and its graph, which is the one that was exported.

    ``check`` refuses a manifest before the graph is read. Raises what it raises,
    ``CheckpointError`` for a folder that is not whole and ``SettingError`` for no thread.
    """
    if num_threads < 1:
        raise SettingError(f"num_threads is {num_threads}; it must be 1 or more.")
    folder = find_model(name_or_folder)
    manifest = manifest_file.read_manifest(folder)
    check(folder, manifest)
    session = Session(folder / FILE_NAME, signature=signature, num_threads=num_threads)
    check_hash(folder, manifest, session.sha256)
    check_labels(folder, manifest, session)
    return folder, manifest, session


def check_task(
    folder: Path, manifest: Manifest, *, tasks: Sequence[str], signature: Signature
) -> None:
    """Raise ``CheckpointError`` for a model of another task."""
    if manifest.task not in tasks:
        raise CheckpointError(
            f"{folder} is a model for {manifest.task!r}; {signature.model} needs the task "
            f"{' or '.join(map(repr, tasks))}. Give another one."
        )


def check_labels(folder: Path, manifest: Manifest, session: Session) -> None:
    """Raise ``CheckpointError`` where the graph tells another number of labels apart."""
    output = session.signature.outputs[0]
    if output not in LABELLED or not manifest.labels:
        return
    width = session.width(output)
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
            f"{folder / FILE_NAME} has SHA-256 {found[:16]}…, but {exported[:16]}… was exported. "
            f"It was damaged or replaced: copy the folder again or export it anew."
        )
