"""Where and from what a run was started, so that it can be understood later."""

import os
import platform
import subprocess
import sys
from importlib import metadata
from typing import Any

import torch

PACKAGES = ("torch", "numpy", "tokenizers", "sentencepiece", "safetensors", "omegaconf", "pydantic")


def describe_environment(device: torch.device, world_size: int) -> dict[str, Any]:
    """Versions, device, source revision and command line of this process."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "device": device_name(device),
        "processes": world_size,
        "threads": torch.get_num_threads(),
        "cpu_count": os.cpu_count(),
        "git": git_revision(),
        "argv": sys.argv,
    }


def device_name(device: torch.device) -> str:
    """What a person calls the device."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def git_revision() -> dict[str, Any] | None:
    """The commit of the current folder and whether files differ from it; None outside of a repository."""
    commit = _git("rev-parse", "HEAD")
    return None if commit is None else {"commit": commit, "changed": bool(_git("status", "--porcelain"))}


def _git(*arguments: str) -> str | None:
    try:
        answer = subprocess.run(["git", *arguments], capture_output=True, text=True, timeout=10)  # noqa: S603, S607
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None
