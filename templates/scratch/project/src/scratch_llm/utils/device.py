"""What this machine can compute with, asked instead of assumed."""

from typing import Literal

import torch

from scratch_llm.utils.errors import DeviceError

Precision = Literal["auto", "fp32", "bf16", "fp16"]


def pick_device(wish: str = "auto") -> torch.device:
    """Turn `auto`, `cpu`, `cuda`, `cuda:1` or `mps` into a device that is really there."""
    if wish == "auto":
        wish = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    kind, _, index = wish.partition(":")
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}.get(kind)
    if there is None or (index and not index.isdigit()):
        raise DeviceError(f"device '{wish}' is unknown", "use auto, cpu, cuda, cuda:N or mps")
    if not there or (kind == "cuda" and index and int(index) >= torch.cuda.device_count()):
        raise DeviceError(f"device '{wish}' is not there on this machine", "use device=auto or device=cpu")
    return torch.device(wish)


def pick_precision(wish: Precision, device: torch.device) -> torch.dtype:
    """Choose the dtype to compute in; `auto` takes bf16 only where the hardware really computes in it."""
    if wish == "auto":
        return torch.bfloat16 if _computes_bf16(device) else torch.float32
    if wish == "fp16" and device.type == "cpu":
        raise DeviceError("precision fp16 needs a GPU", "use training.precision=auto")
    return {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[wish]


def _computes_bf16(device: torch.device) -> bool:
    # A CPU without AVX512-BF16 accepts bf16 and is two to three times slower with it; mkldnn's own answer hides that.
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        return bool(torch.cpu._is_avx512_bf16_supported())
    return False
