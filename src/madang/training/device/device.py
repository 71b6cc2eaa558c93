"""What a run computes on, and what that device could do at best.

Products are made in bfloat16 where the processor multiplies it in hardware, in float32 everywhere
else. Weights, gradients and optimizer state stay float32: autocast only rounds what enters a matrix
product. Without hardware for it bfloat16 is emulated and slower, so ``"auto"`` looks first.

The share of a device's peak that a run reaches (model FLOPs utilisation: Chowdhery 2022, section
4.1) counts the products that the model needs for reading and learning, forward and backward, and
nothing that is computed twice.
"""

import os
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from madang.training.objective import Batch, Objective
from madang.training.settings import PrecisionName

# Dense bfloat16 products with sums in 32 bits, in operations a second, as the makers state them.
PEAKS = {
    "B200": 2250e12,
    "H200": 989e12,
    "H100 PCIe": 756e12,
    "H100 NVL": 835e12,
    "H100": 989e12,
    "L40S": 362e12,
    "L4": 121e12,
    "A100": 312e12,
    "A40": 150e12,
    "A10": 125e12,
    "RTX 4090": 165e12,
    "RTX 3090": 71e12,
}
# oneDNN compiles a kernel for every shape of a bfloat16 product and keeps 1,024 of them, in two
# caches. Length-bucketed batches have hundreds of shapes, and a run of an hour grew to 7 GB. With
# these bounds 60 steps of all shapes stay at 0.66 GB instead of 1.68, and are no slower: a shape
# seldom comes back before it would have been pushed out anyway.
KERNEL_CACHES = {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "32", "LRU_CACHE_CAPACITY": "16"}


def training_device() -> torch.device:
    """Return this process's own GPU where there is one, else the CPU."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    torch.cuda.set_device(device)
    return device


def bound_kernel_caches() -> None:
    """Bound what PyTorch keeps of compiled CPU kernels; call it before the first product.

    What the environment says wins.
    """
    for name, value in KERNEL_CACHES.items():
        os.environ.setdefault(name, value)


def has_bfloat16(device: torch.device) -> bool:
    """Say whether ``device`` multiplies bfloat16 matrices in hardware."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        return bool(torch.cpu._is_avx512_bf16_supported())
    return False


def autocast(device: torch.device, precision: PrecisionName) -> torch.autocast:
    """Return the context in which losses are computed on ``device``."""
    is_reduced = precision == "bfloat16" or (precision == "auto" and has_bfloat16(device))
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=is_reduced)


def peak_operations(device: torch.device) -> float | None:
    """Return a GPU's operations a second in bfloat16; ``None`` for one that is not known."""
    return find_peak(torch.cuda.get_device_name(device)) if device.type == "cuda" else None


def find_peak(name: str) -> float | None:
    """Return the peak of the GPU that the driver calls ``name``.

    >>> find_peak("NVIDIA H100 PCIe"), find_peak("NVIDIA H100 80GB HBM3"), find_peak("NVIDIA T4")
    (756000000000000.0, 989000000000000.0, None)
    """
    words = name.replace("-", " ").split()
    fitting = (peak for model, peak in PEAKS.items() if set(model.split()) <= set(words))
    return next(fitting, None)


def count_operations(
    model: nn.Module, objective: Objective[Any], batch: Batch, *, precision: PrecisionName
) -> float:
    """Return the operations of learning from a batch by the number of its tokens.

    Leaves no gradient behind, but draws random numbers.
    """
    counter = FlopCounterMode(display=False)
    with counter:
        with autocast(batch["input_ids"].device, precision):
            output = objective.loss(model, batch)
        output.loss_sum.backward()  # type: ignore[no-untyped-call]
    model.zero_grad(set_to_none=True)
    return counter.get_total_flops() / max(output.num_tokens, 1)
