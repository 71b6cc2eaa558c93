"""One table per model that says which of our weights is which of Hugging Face's.

A row is a pair of paths in which ``{}`` stands for a block's number. It covers the weight and the
bias of a layer and serves in both directions, so that reading and writing can not drift apart.
"""

import re
from collections.abc import Iterable, Mapping

from torch import Tensor, nn

from madang.errors import CheckpointError


class KeyTable:
    """Rename the weights of a state dict between our names and Hugging Face's.

    ``ignored`` are their names, as regular expressions, that may stand in a file and say nothing
    that the other weights do not say.

    >>> table = KeyTable({"blocks.{}.up": "layer.{}.dense"})
    >>> table.rename(["blocks.7.up.bias"], to_huggingface=True)
    {'blocks.7.up.bias': 'layer.7.dense.bias'}
    >>> table.rename(["layer.7.dense.bias"], to_huggingface=False)
    {'layer.7.dense.bias': 'blocks.7.up.bias'}
    """

    def __init__(self, rows: Mapping[str, str], *, ignored: Iterable[str] = ()) -> None:
        self.rows = dict(rows)
        self.ignored = tuple(ignored)

    def under(self, ours: str, theirs: str) -> "KeyTable":
        """Return the table of a model that holds this one under another name."""
        rows = {ours + left: theirs + right for left, right in self.rows.items()}
        prefix = re.escape(theirs).replace(r"\{\}", r"\d+")
        return KeyTable(rows, ignored=[prefix + name for name in self.ignored])

    def __or__(self, other: "KeyTable") -> "KeyTable":
        """Return the table with the rows of both."""
        return KeyTable(self.rows | other.rows, ignored=self.ignored + other.ignored)

    def rename(self, keys: Iterable[str], *, to_huggingface: bool) -> dict[str, str]:
        """Return the new name of each key that the table knows."""
        pairs = self.rows.items() if to_huggingface else ((b, a) for a, b in self.rows.items())
        rules = [(_pattern(old), new.replace("{}", r"\1") + r"\g<leaf>") for old, new in pairs]
        renamed = {}
        for key in keys:
            for pattern, replacement in rules:
                if pattern.fullmatch(key):
                    renamed[key] = pattern.sub(replacement, key)
                    break
        return renamed

    def to_huggingface(self, model: nn.Module) -> dict[str, Tensor]:
        """Return the model's weights under Hugging Face's names."""
        tensors: dict[str, Tensor] = model.state_dict()
        names = self.rename(tensors, to_huggingface=True)
        assert len(names) == len(tensors), f"no row for {sorted(tensors.keys() - names.keys())}"
        return {name: tensors[key].detach().contiguous() for key, name in names.items()}

    def load(self, model: nn.Module, tensors: Mapping[str, Tensor]) -> None:
        """Copy Hugging Face's tensors into the model.

        Raises ``CheckpointError`` when one is unknown, missing or of another shape.
        """
        names = self.rename(tensors, to_huggingface=False)
        wanted: dict[str, Tensor] = model.state_dict()
        found = {names[key]: tensor for key, tensor in tensors.items() if key in names}
        unknown = [key for key in tensors if names.get(key) not in wanted]
        unknown = [key for key in unknown if not self._is_ignored(key)]
        theirs = self.rename(wanted, to_huggingface=True)
        missing = [theirs[key] for key in wanted if key not in found]
        kind = type(model).__name__
        _refuse_some(unknown, f"model.safetensors holds weights that a {kind} has no place for")
        _refuse_some(missing, f"model.safetensors lacks weights that a {kind} needs")
        for key, target in wanted.items():
            if found[key].shape != target.shape:
                raise CheckpointError(
                    f"{theirs[key]} has shape {tuple(found[key].shape)}; config.json asks for "
                    f"{tuple(target.shape)}. The two files are not of one model: copy the "
                    f"folder again."
                )
        model.load_state_dict({key: found[key] for key in wanted})

    def _is_ignored(self, key: str) -> bool:
        return any(re.fullmatch(name, key) for name in self.ignored)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.escape(path).replace(r"\{\}", r"(\d+)") + r"(?P<leaf>\.weight|\.bias|)")


def _refuse_some(keys: list[str], what: str) -> None:
    if keys:
        shown = ", ".join(sorted(keys)[:4]) + (", …" if len(keys) > 4 else "")
        raise CheckpointError(
            f"{what}: {shown} ({len(keys)} in all). Check that `architectures` in config.json "
            f"names the model that was saved."
        )
