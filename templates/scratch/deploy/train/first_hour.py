"""The first hour on a GPU: measure what could only be estimated, with this project's own code, and write a receipt.

python deploy/train/first_hour.py [--config PATH] [--device cuda|cpu] [--seconds 120] [--out FOLDER] [key=value ...]

On a CPU it measures the small configuration: that proves the procedure, not the GPU.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import torch
import torch.distributed as dist

from scratch_llm.config import TrainConfig, load_config
from scratch_llm.data.batch import Batch
from scratch_llm.models import Decoder, count_parameters, flops_per_token
from scratch_llm.training.engine import Trainer
from scratch_llm.training.flops import peak_flops
from scratch_llm.training.tasks import build_task
from scratch_llm.utils.device import pick_device, pick_precision
from scratch_llm.utils.distributed import World
from scratch_llm.utils.entry import run
from scratch_llm.utils.environment import describe_environment

FULL, MINI = Path("configs/pretrain/full.yaml"), Path("configs/pretrain/mini.yaml")
MOST_ON_GPU, MOST_ELSEWHERE = 4096, 8  # sequences at a time
TOLERANCE = 2e-2  # relative, of a product in bf16
EXCHANGED = {"cpu": 1 << 18, "cuda": 1 << 26}  # numbers that the processes add up
GB = 1e9
Status = Literal["measured", "failed", "unverified"]


@dataclass(frozen=True)
class Row:
    """One claim and what became of it."""

    key: str
    status: Status
    value: float | None = None
    unit: str = ""
    predicted: tuple[float, float] | None = None
    why: str = ""


def largest(fits: Callable[[int], bool], most: int) -> int:
    """The largest number that fits, 0 where not even one does: doubled as long as it goes, then halved in between."""
    good, bad = 0, 1
    while bad <= most and fits(bad):
        good, bad = bad, 2 * bad
    bad = min(bad, most + 1)
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if fits(middle) else (good, middle)
    return good


class Bench:
    """A training of the configured model on random tokens: real steps, without data."""

    def __init__(self, config: TrainConfig, device: torch.device) -> None:
        self.device, self.dtype = device, pick_precision(config.training.precision, device)
        rows = config.model.vocab_size or -(-config.tokenizer.vocab_size // 64) * 64
        self.model = config.model.model_copy(update={"vocab_size": rows})
        torch.set_float32_matmul_precision("high")
        loop = config.training.model_copy(update={"max_steps": 1_000_000, "accumulate": 1})
        self.config = config.model_copy(update={"model": self.model, "training": loop})
        self.trainer = self._fresh()

    def _fresh(self) -> Trainer:
        decoder = Decoder(self.model).to(self.device)
        decoder.checkpoint_activations = self.config.training.activation_checkpointing
        absent: Any = None  # with a number of steps the engine asks neither the data nor the folder for anything
        return Trainer(
            config=self.config,
            decoder=decoder.train(),
            module=decoder,
            tokenizer=absent,
            task=build_task(self.config, decoder),
            data=absent,
            run=absent,
            dtype=self.dtype,
            world=World(),
        )

    def batch(self, size: int) -> Batch:
        """Random rows."""
        shape = (size, self.model.context_length + 1)
        tokens = torch.randint(self.model.vocab_size, shape, device=self.device)
        return Batch(tokens[:, :-1].contiguous(), tokens[:, 1:].contiguous())

    def step(self, size: int) -> float:
        """One optimizer step; the seconds that it took."""
        batch = self.batch(size)
        self.wait()
        start = time.perf_counter()
        self.trainer.train_step([batch])
        self.wait()
        return time.perf_counter() - start

    def loss(self, batch: Batch) -> float:
        """The loss of a batch, without noise and without learning."""
        decoder = self.trainer.decoder.eval()
        with torch.no_grad(), self.trainer.computing():
            summed, count = self.trainer.task.loss(decoder, batch)
        decoder.train()
        return float(summed / count)

    def wait(self) -> None:
        """Until the device has done what it was asked."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)

    def peak_gb(self) -> float:
        """The most that was held of the device's memory."""
        return torch.cuda.max_memory_reserved(self.device) / GB

    def fits(self, size: int, patience: float) -> bool:
        """Whether such a batch can be trained on; a CPU has the room, and there only patience ends."""
        try:
            seconds = self.step(size)
        except torch.OutOfMemoryError:
            # What the failed step left behind must go before the next try.
            self.trainer.optimizers.zero_grad()
            torch.cuda.empty_cache()
            return False
        return self.device.type == "cuda" or size == 1 or seconds <= patience

    def speed(self, size: int, seconds: float) -> float:
        """Tokens a second over as many steps as the time allows, at least two, after one to warm up."""
        self.step(size)
        steps, spent = 0, 0.0
        while steps < 2 or spent < seconds:
            spent += self.step(size)
            steps += 1
        return steps * size * self.model.context_length / spent


def precision_rows(device: torch.device) -> Iterator[Row]:
    """Whether bf16 is computed in by the hardware, and how far its product is off."""
    if device.type == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
        yield Row("bf16", "failed", why="this GPU does not compute in bf16; training.precision=auto takes fp32 here")
        return
    left, right = torch.randn(256, 256, device=device), torch.randn(256, 256, device=device)
    exact, rounded = left @ right, (left.bfloat16() @ right.bfloat16()).float()
    error = float((exact - rounded).norm() / exact.norm())
    why = "" if device.type == "cuda" else "on a CPU: this shows the procedure, not a GPU"
    yield Row("bf16", "measured" if error < TOLERANCE else "failed", error, "relative error", (0.0, TOLERANCE), why)


def exchange_rows(device: torch.device) -> Iterator[Row]:
    """Whether the processes of all cards can add up their gradients (NCCL; on a CPU two with gloo), and how fast."""
    count = torch.cuda.device_count() if device.type == "cuda" else 2
    if count < 2:
        yield Row("exchange", "unverified", why="there is one GPU: nothing is exchanged")
        return
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={count}"]
    command += [str(Path(__file__).resolve()), "--exchange", "cuda" if device.type == "cuda" else "cpu"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    lines = [line for line in done.stdout.splitlines() if line.startswith("exchanged ")]
    if done.returncode or not lines:
        yield Row("exchange", "failed", why="\n".join(done.stderr.strip().splitlines()[-5:]))
        return
    why = "" if device.type == "cuda" else "gloo between two processes of a CPU, not NCCL"
    yield Row("exchange", "measured", float(lines[0].split()[1]), "GB/s", why=why)


def exchange(kind: str) -> None:
    """One process of the exchange; the first one tells the speed."""
    dist.init_process_group("nccl" if kind == "cuda" else "gloo")
    device = torch.device(kind, dist.get_rank()) if kind == "cuda" else torch.device("cpu")
    numbers = torch.ones(EXCHANGED[kind], device=device)
    dist.all_reduce(numbers)
    assert float(numbers[0]) == dist.get_world_size()  # noqa: S101
    start = time.perf_counter()
    for _ in range(5):
        dist.all_reduce(numbers)
    float(numbers[0])  # waits for the device
    seconds = (time.perf_counter() - start) / 5
    if dist.get_rank() == 0:
        print(f"exchanged {numbers.numel() * numbers.element_size() / seconds / GB:.3f} GB/s")
    dist.destroy_process_group()


def compile_rows(bench: Bench, size: int) -> Iterator[Row]:
    """How much faster a compiled step is, and that it gives the same loss."""
    if bench.device.type != "cuda":
        yield Row("compile", "unverified", why="compiling takes minutes on a CPU and is left out there")
        return
    eager = bench.speed(size, 5)
    before = bench.loss(batch := bench.batch(size))
    bench.trainer.decoder.compile()
    after = bench.loss(batch)
    if abs(before - after) > TOLERANCE * abs(before):
        yield Row("compile", "failed", why=f"the compiled loss is {after:.4f}, the plain one {before:.4f}")
        return
    yield Row("compile", "measured", bench.speed(size, 5) / eager, "times as fast")


def training_rows(bench: Bench, seconds: float, predicted: dict[str, Any]) -> Iterator[Row]:
    """The largest batch, its memory, tokens a second and the share of the peak."""
    gpu = bench.device.type == "cuda"
    most = MOST_ON_GPU if gpu else MOST_ELSEWHERE
    found = largest(lambda size: bench.fits(size, seconds / 8), most)
    if not found:
        yield Row("largest_batch", "failed", why="not even one sequence fits: training.activation_checkpointing=true")
        return
    hint = "" if gpu else f"the small configuration without a GPU, tried up to {most}"
    yield Row("largest_batch", "measured", found, "sequences", span(predicted, "batch") if gpu else None, hint)
    advised = max(1, min(found, int(predicted.get("advised", found)))) if gpu else found
    if gpu:
        torch.cuda.reset_peak_memory_stats(bench.device)
    speed = bench.speed(advised, seconds / 2)
    yield Row("tokens_per_s", "measured", speed, "tokens/s on one card", span(predicted, "speed") if gpu else None)
    if gpu:
        taken = bench.peak_gb()
        yield Row("memory", "measured", taken, "GB", (0.0, float(predicted.get("memory", taken))))
    else:
        yield Row("memory", "unverified", why="PyTorch counts the memory of NVIDIA GPUs only")
    yield share_row(bench, speed, predicted)
    yield from compile_rows(bench, advised)


def share_row(bench: Bench, speed: float, predicted: dict[str, Any]) -> Row:
    """The share of the device's peak that the training uses."""
    peak = peak_flops(bench.device, bench.dtype)
    if peak is None:
        return Row("mfu", "unverified", why="the maker's peak of this device is not known")
    used = speed * flops_per_token(bench.model, bench.model.context_length) / peak
    return Row("mfu", "measured", used, "of the peak", span(predicted, "mfu"))


def span(predicted: dict[str, Any], key: str) -> tuple[float, float] | None:
    """A predicted range, where there is one."""
    return tuple(predicted[key]) if key in predicted else None


def report(rows: list[Row], facts: dict[str, Any]) -> str:
    """The receipt for people."""
    lines = [
        "# The first hour",
        "",
        f"{facts['device']}, PyTorch {torch.__version__}, {facts['parameters']:,} parameters",
        "",
    ]
    lines += ["| what | status | measured | predicted | remark |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        value = "" if row.value is None else f"{row.value:,.4g} {row.unit}"
        predicted = "" if row.predicted is None else "{:,.4g} to {:,.4g}".format(*row.predicted)
        lines.append(f"| {row.key} | {row.status} | {value} | {predicted} | {' '.join(row.why.split())} |")
    if advice := facts["advice"]:
        lines += ["", "Start the full run with what was measured:", "", f"    {advice}"]
    return "\n".join(lines) + "\n"


def advice_of(rows: list[Row], predicted: dict[str, Any], script: str) -> str:
    """The words that make the full run use what was measured; nothing where the prediction was right."""
    found = next((int(row.value) for row in rows if row.key == "largest_batch" and row.value), 0)
    share = int(predicted.get("share", 0))
    if not found or not share or found >= int(predicted.get("advised", 0)):
        return ""
    size = max(part for part in range(1, found + 1) if share % part == 0)
    words = f"training.batch_size={size} training.accumulate={share // size}"
    # Some predictions are for machines without a script of their own: there the words go to whatever starts main.py.
    return f"bash deploy/train/{script}.sh {words}" if Path(__file__).with_name(f"{script}.sh").is_file() else words


def measure(options: argparse.Namespace) -> int:
    """All of it; 1 where something failed."""
    device = pick_device(options.device)
    known = json.loads(options.predictions.read_text("utf-8")) if options.predictions else {"hardware": {}}
    predicted = known["hardware"].get(options.hardware, {})
    advised = predicted.get("overrides", []) if device.type == "cuda" else []
    path = options.config or (FULL if device.type == "cuda" else MINI)
    config = load_config(path, [*advised, *options.overrides])
    bench = Bench(config, device)
    rows = [*precision_rows(device), *exchange_rows(device), *training_rows(bench, options.seconds, predicted)]
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    advice = advice_of(rows, predicted, options.hardware) if device.type == "cuda" else ""
    facts = {
        "device": name,
        "parameters": count_parameters(bench.trainer.decoder).total,
        "hardware": options.hardware,
        "environment": describe_environment(device, 1),
        "advice": advice,
        "rows": [asdict(row) for row in rows],
    }
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "receipt.json").write_text(json.dumps(facts, indent=2, default=str) + "\n", encoding="utf-8")
    text = report(rows, facts)
    (options.out / "receipt.md").write_text(text, encoding="utf-8")
    print(text)
    print(f"written to {options.out}")
    return 1 if any(row.status == "failed" for row in rows) else 0


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Measure what could only be estimated, and write a receipt.")
    parser.add_argument("--config", type=Path, help=f"what to measure (default: {FULL}; on a CPU {MINI})")
    parser.add_argument("--device", default="auto", help="auto, cuda, cuda:N or cpu")
    parser.add_argument("--seconds", type=float, default=120, help="about so long is measured")
    parser.add_argument("--predictions", type=Path, help="what was estimated, as JSON")
    parser.add_argument("--hardware", default="own_machine", help="with which of the predictions to compare")
    parser.add_argument("--out", type=Path, default=Path("outputs/first_hour"), help="folder of the receipt")
    parser.add_argument("--exchange", choices=("cpu", "cuda"), help=argparse.SUPPRESS)
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="dotted overrides of the configuration")
    options = parser.parse_intermixed_args()
    if options.exchange:
        exchange(options.exchange)
        return 0
    return measure(options)


if __name__ == "__main__":
    run(main)
