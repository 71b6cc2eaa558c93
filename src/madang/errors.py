"""Every error that a user can cause, as one tree.

::

    MadangError
    ├── SettingError          an option, recipe key or config field is unknown or out of range
    ├── DataError             a file or data set is missing, malformed or not what was named
    │   └── ChecksumError     a file's SHA-256 is not the one that was published
    ├── CheckpointError       a model folder is missing, truncated or of another architecture
    │   └── TokenizerMismatchError  the tokenizer is not the one the model was trained with
    ├── TrainingError         a run can not go on (a loss that is not a number, no batch left)
    └── ExportError           an export was refused: it differs, is slower or loses too much

A message says what was given, what is allowed and what to do. ``assert`` is for our own
invariants only.
"""


class MadangError(Exception):
    """Any error that a user of Madang can cause and mend."""


class SettingError(MadangError, ValueError):
    """An option, recipe key or config field is unknown or out of range."""


class DataError(MadangError):
    """A file or data set is missing, malformed or not what was named."""


class EmptyDataError(DataError):
    """Data has no rows in the part that is asked for."""


class ChecksumError(DataError):
    """A file's SHA-256 is not the one that was published."""


class CheckpointError(MadangError):
    """A model folder is missing, truncated or of another architecture."""

    @classmethod
    def damaged(cls, path: object, error: Exception, *, kind: str = "") -> "CheckpointError":
        """Return the error of a file that was cut off or damaged."""
        fault = f"can not be read{kind and ' as '}{kind} ({str(error)[:500]})"
        return cls(f"{path} {fault}. It was cut off, damaged or edited: copy it again.")


class TokenizerMismatchError(CheckpointError):
    """The tokenizer beside a model is not the one that it was trained with."""


class TrainingError(MadangError):
    """A training run can not go on."""


class ExportError(MadangError):
    """An export was refused because it would be silently worse than its model."""
