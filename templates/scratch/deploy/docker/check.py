"""Look at the image from the inside: versions, the GPU, the user, what a build has left, and whether the model answers.

docker run --rm --network none --read-only --tmpfs /tmp --entrypoint python IMAGE docker/check.py

What it prints is YAML, one finding after the other: what had been seen before something failed is told all the same.
"""

import argparse
import hashlib
import json
import os
import platform
import shutil
import sys
import time
import traceback
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from types import TracebackType
from typing import Any

_TOOLS = ("gcc", "g++", "cc", "clang", "make", "cmake", "nvcc", "rustc", "cargo")
_LEFT = (
    *("wheels", "installer", "requirements.txt", "root/.cache", "tmp/pip-*", "run/secrets/*"),  # below /
    *("var/cache/apt/archives/*.deb", "var/lib/apt/lists/*_Packages*"),
)
_WEIGHTS = ("model.safetensors", "model.onnx", "model.int8.onnx")


def tell(**facts: Any) -> None:
    """Print findings at once."""
    for key, value in facts.items():
        inner = [f"  {name}: {json.dumps(one)}" for name, one in value.items()] if isinstance(value, dict) else []
        print("\n".join([f"{key}:", *inner]) if inner else f"{key}: {json.dumps(value)}", flush=True)


def leftovers() -> Iterator[str]:
    """What only a build needs."""
    for pattern in _LEFT:
        yield from map(str, Path("/").glob(pattern))


def is_writable(folder: str) -> bool:
    """Whether this process can make a file there."""
    probe = Path(folder, ".written-by-check")
    try:
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True


def digest(checkpoint: Path) -> str:
    """The hash of the weights."""
    found = next((path for name in _WEIGHTS if (path := checkpoint / name).is_file()), None)
    if found is None:
        return ""
    with found.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def look_at_system() -> None:
    """Everything but PyTorch and the model."""
    tell(
        python=platform.python_version(),
        system=platform.platform(),
        user=f"{os.getuid()}:{os.getgid()}",
        writable=[place for place in ("/", "/app", "/venv", "/model") if is_writable(place)],
        compilers=[name for name in _TOOLS if shutil.which(name)],
        leftovers=sorted(leftovers()),
        packages={one.name: one.version for one in sorted(distributions(), key=lambda one: one.name.lower())},
    )


def look_at_torch() -> None:
    """Which build it is, and whether it sees a GPU."""
    import torch

    available = torch.cuda.is_available()
    count = torch.cuda.device_count() if available else 0
    tell(
        torch=str(torch.__version__),
        cuda_built=torch.version.cuda or "",
        cuda_available=available,
        gpus=[torch.cuda.get_device_name(number) for number in range(count)],
    )


def look_at_model(checkpoint: Path, config: Path) -> None:
    """Load the model as the server does, and let it write one token."""
    import scratch_llm.inference.server  # noqa: F401  # all that serving imports is there
    from scratch_llm.config.load import load_section
    from scratch_llm.config.serve import ServeConfig
    from scratch_llm.inference import SamplingParams, generate, load_backend

    settings = load_section(ServeConfig, config)
    began = time.monotonic()
    backend, tokenizer = load_backend(checkpoint, settings.backend, device=settings.device)
    loaded = time.monotonic()
    tell(
        model=str(checkpoint),
        backend=settings.backend,
        weights_sha256=digest(checkpoint),
        load_seconds=round(loaded - began, 3),
    )
    one = SamplingParams(max_new_tokens=1, temperature=0, ignore_eos=True)
    [answer] = generate(backend, tokenizer, [[]], one)
    tell(token=list(answer.token_ids), token_seconds=round(time.monotonic() - loaded, 3))


def tell_failure(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Whatever ends this program is what was found."""
    traceback.print_exception(kind, error, trace)
    tell(failed=f"{kind.__name__}: {error}")


def main() -> None:
    """Look at everything."""
    parser = argparse.ArgumentParser(description="Look at the image from the inside.")
    parser.add_argument("--checkpoint", type=Path, default=Path("/model"), help="the weights that are served")
    parser.add_argument("--config", type=Path, default=Path("configs/serve/project.yaml"), help="how they are served")
    options = parser.parse_args()
    sys.excepthook = tell_failure
    look_at_system()
    look_at_torch()
    look_at_model(options.checkpoint, options.config)
    tell(complete=True)


if __name__ == "__main__":
    main()
