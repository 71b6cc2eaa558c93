"""bfloat16 where the processor multiplies it in hardware, float32 everywhere else.

Weights, gradients and optimizer state stay float32: autocast only rounds what enters a matrix
product. Without hardware for it bfloat16 is emulated and slower, so ``"auto"`` looks first.
"""

import torch

from madang.training.settings import PrecisionName


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
