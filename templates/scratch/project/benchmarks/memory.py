"""Peak memory of one training step, each model in a process of its own."""

import re
import subprocess
import sys
from pathlib import Path

from benchmarks.measure import Result

MODELS = {"ours": "ours", "Hugging Face Llama": "hugging_face", "litgpt": "litgpt"}


def run(_rounds: int) -> Result:
    """Megabytes at the peak, above what the process held before its first step."""
    megabytes = {name: _peak(function) for name, function in MODELS.items()}
    return Result("memory", "MB above the model itself", megabytes, {}, [], goal="no more than the peers")


def _peak(function: str) -> float:
    command = [sys.executable, "-m", "benchmarks.memory", function]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _megabytes(field: str) -> float:
    # Not getrusage: its peak is inherited from the process that started this one.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.search(rf"{field}:\s+(\d+)", status)[1]) / 1000  # type: ignore[index]


def main(function: str) -> None:
    """Take two steps with one model and print what they needed."""
    import torch

    from benchmarks import peers, training

    torch.set_num_threads(1)
    step = training.step(getattr(peers, function)())
    before = _megabytes("VmRSS")
    step()
    step()
    print(_megabytes("VmHWM") - before)


if __name__ == "__main__":
    main(sys.argv[1])
