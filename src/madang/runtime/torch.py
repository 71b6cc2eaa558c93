"""A PyTorch module, run as an exported graph is: what is measured is what is deployed.

Texts of like length share a batch, shorter ones are padded, and what was said of padding is cut off
again. All runs in 32 bits unless another precision is asked for.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from madang.runtime.runner import Array, Arrays, Feed
from madang.runtime.signature import MASK, Signature
from madang.training.device.device import autocast
from madang.training.loop.batching import sorted_batches
from madang.training.objective import attention_mask, pad
from madang.training.settings import PrecisionName

# What is computed at once: so many texts at most, and so many tokens, padding counted.
BATCH_SIZE, BATCH_TOKENS = 128, 4096


class TorchRunner:
    """Run a module whose keyword arguments are the signature's inputs, where its weights lie.

    Whether the module is in training stays as it was.
    """

    def __init__(
        self,
        module: nn.Module,
        signature: Signature,
        *,
        sha256: str = "",
        precision: PrecisionName = "float32",
    ) -> None:
        self.signature = signature
        self.sha256 = sha256
        self.num_threads = 1
        self._module = module
        self._precision: PrecisionName = precision

    def run(self, feeds: Sequence[Feed]) -> Iterator[tuple[Array, ...]]:
        """Yield the outputs of each text, in order and without the axis B."""
        first = next(iter(self.signature.inputs))
        outputs: list[tuple[Array, ...]] = [()] * len(feeds)
        for batch in sorted_batches(
            [len(feed[first]) for feed in feeds], batch_size=BATCH_SIZE, batch_tokens=BATCH_TOKENS
        ):
            indices = batch.tolist()
            found = self._run_padded([feeds[index] for index in indices])
            for index, answer in zip(indices, found, strict=True):
                outputs[index] = answer
        yield from outputs

    def run_batch(self, feed: Arrays) -> tuple[Array, ...]:
        """Return the outputs of rows of one length, with the axis B."""
        return self._call({name: torch.from_numpy(array) for name, array in feed.items()})

    def step(self, feed: Arrays, state: Any = None) -> tuple[tuple[Array, ...], Any]:
        """Return the outputs at new positions; the state is the cache of a decoder.

        The module makes one by ``new_cache()`` and takes it as ``cache``.
        """
        cache: Any = self._module.new_cache() if state is None else state  # type: ignore[operator]
        tensors = {name: torch.from_numpy(array) for name, array in feed.items()}
        return self._call(tensors, cache=cache), cache

    def _run_padded(self, feeds: Sequence[Feed]) -> Iterator[tuple[Array, ...]]:
        rows = {
            name: [feed[name] for feed in feeds]
            for name in self.signature.inputs
            if name in feeds[0]
        }
        tensors = {
            name: pad(values, value=self.signature.inputs[name].padding)
            for name, values in rows.items()
        }
        if MASK in self.signature.inputs:
            tensors.setdefault(MASK, attention_mask(next(iter(rows.values()))))
        outputs = self._call(tensors)
        for place, feed in enumerate(feeds):
            lengths = {self.signature.inputs[name].axis: len(row) for name, row in feed.items()}
            yield tuple(
                # A copy: a view would keep the whole batch alive.
                output[place, : lengths[axis]].copy()
                if axis
                else output[min(place, len(output) - 1)]
                for output, axis in zip(outputs, self.signature.outputs.values(), strict=True)
            )

    def _call(self, tensors: dict[str, Tensor], **further: Any) -> tuple[Array, ...]:
        device = next(self._module.parameters()).device
        was_training = self._module.training
        self._module.eval()
        try:
            with torch.inference_mode(), autocast(device, self._precision):
                inputs = {name: tensor.to(device) for name, tensor in tensors.items()}
                output = self._module(**inputs, **further)
        finally:
            self._module.train(was_training)
        outputs = output if isinstance(output, tuple) else (output,)
        return tuple(each.float().cpu().numpy() for each in outputs)
