"""Many clients at once against a real server process: does it hold, and does everybody get the right answer?

python -m benchmarks.server_load --checkpoint outputs/<experiment>/<timestamp>
python -m benchmarks.server_load --checkpoint ... --clients 50 --seconds 5 --output load.json

Every client asks for one of a few prompts again and again, half of them as a stream. Each answer must be what greedy
generation gives offline. The exit code is 1 if one is not, if the server fails once, or if its memory grows.
"""

import argparse
import asyncio
import contextlib
import json
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from scratch_llm.checkpoint import load_pretrained
from scratch_llm.inference import SamplingParams, generate

from benchmarks.lean_client import Connection, Reply

_SERVE = Path(__file__).parent.parent / "scripts" / "serve.py"
_WARM_UP_S = 1.0  # caches fill and pools grow: not the growth that is looked for
_MOST_GROWTH = 1.05


@dataclass(frozen=True)
class Load:
    """What is asked of the server."""

    checkpoint: Path
    clients: int = 200
    seconds: float = 20.0
    prompts: int = 32
    new_tokens: int = 16
    slots: int = 32


@dataclass
class Seen:
    """What the clients saw."""

    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[dict[str, str]] = field(default_factory=list)
    latency_s: list[float] = field(default_factory=list)
    first_token_s: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)

    def note(self, reply: Reply, prompt: str, expected: str, *, streamed: bool) -> None:
        """Keep what matters of one reply."""
        self.statuses[reply.status] += 1
        self.latency_s.append(reply.complete_s)
        if streamed:
            self.first_token_s.append(reply.first_piece_s)
        if reply.status == 200 and (answer := _text(reply, streamed)) != expected:
            self.wrong.append({"prompt": prompt, "expected": expected, "answer": answer})


def measure(load: Load) -> dict[str, Any]:
    """Put the load on a server of its own.

    Returns:
        A report that JSON can hold; `ok` says whether everything held.
    """
    expected = _offline(load)
    with _server(load) as (process, port):
        seen = asyncio.run(_rush(load, port, process, expected))
    return _report(load, seen)


def _offline(load: Load) -> dict[str, str]:
    loaded = load_pretrained(load.checkpoint)
    prompts = [f"{number} times the fox" for number in range(load.prompts)]
    params = SamplingParams(max_new_tokens=load.new_tokens, temperature=0)
    encoded = loaded.tokenizer.encode_batch(prompts, bos=True)
    answers = generate(loaded.model, loaded.tokenizer, encoded, params)
    return {prompt: answer.text for prompt, answer in zip(prompts, answers, strict=True)}


@contextlib.contextmanager
def _server(load: Load) -> Iterator[tuple[psutil.Process, int]]:
    settings = ["port=0", "device=cpu", f"n_slot={load.slots}", f"max_queue={load.clients}", "deadline_s=120"]
    command = [sys.executable, str(_SERVE), "--checkpoint", str(load.checkpoint), *settings]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        port = next(event["port"] for event in map(json.loads, process.stderr) if event["message"] == "listening")
        threading.Thread(target=process.stderr.read, daemon=True).start()  # a full pipe would stop the server
        yield psutil.Process(process.pid), port
    finally:
        process.terminate()
        process.wait(60)


async def _rush(load: Load, port: int, process: psutil.Process, expected: dict[str, str]) -> Seen:
    seen = Seen()
    end = time.monotonic() + load.seconds
    watch = asyncio.create_task(_watch_memory(process, seen))
    await asyncio.gather(*(_client(port, load, number, expected, end, seen) for number in range(load.clients)))
    watch.cancel()
    return seen


async def _watch_memory(process: psutil.Process, seen: Seen) -> None:
    await asyncio.sleep(_WARM_UP_S)
    while True:
        seen.memory.append(process.memory_info().rss)
        await asyncio.sleep(0.1)


async def _client(port: int, load: Load, number: int, expected: dict[str, str], end: float, seen: Seen) -> None:
    """Ask until the time is over; clients with odd numbers ask for streams."""
    connection = await Connection.open("127.0.0.1", port)
    prompts = list(expected)
    turn = number
    while time.monotonic() < end:
        prompt = prompts[turn % len(prompts)]
        wish = {"prompt": prompt, "max_new_tokens": load.new_tokens, "temperature": 0, "stream": number % 2 == 1}
        reply = await connection.post("/generate", json.dumps(wish).encode())
        seen.note(reply, prompt, expected[prompt], streamed=number % 2 == 1)
        turn += load.clients + 1
    await connection.close()


def _text(reply: Reply, streamed: bool) -> str:
    if not streamed:
        return str(json.loads(reply.body)["text"])
    events = [line.removeprefix(b"data: ") for line in reply.body.split(b"\n\n") if line.startswith(b"data: {")]
    return "".join(json.loads(event).get("text", "") for event in events)


def _report(load: Load, seen: Seen) -> dict[str, Any]:
    third = max(1, len(seen.memory) // 3)
    first = statistics.median(seen.memory[:third])
    last = statistics.median(seen.memory[-third:])
    return {
        "ok": set(seen.statuses) == {200} and not seen.wrong and last / first < _MOST_GROWTH,
        "clients": load.clients,
        "seconds": load.seconds,
        "requests": sum(seen.statuses.values()),
        "requests_per_s": round(sum(seen.statuses.values()) / load.seconds, 1),
        "statuses": {str(status): count for status, count in seen.statuses.items()},
        "wrong_answers": len(seen.wrong),
        "wrong_examples": seen.wrong[:3],
        "latency_s": _percentiles(seen.latency_s),
        "time_to_first_token_s": _percentiles(seen.first_token_s),
        "memory_mb": {"first_third": round(first / 2**20, 1), "last_third": round(last / 2**20, 1)},
        "memory_growth": round(last / first, 4),
    }


def _percentiles(values: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {f"p{share}": round(cuts[share - 1], 4) for share in (50, 95, 99)}


def main() -> int:
    """Run, print the report, and say by the exit code whether everything held."""
    parser = argparse.ArgumentParser(description="Many clients at once against a real server process.")
    parser.add_argument("--checkpoint", type=Path, required=True, help="a run's folder or one of its checkpoints")
    parser.add_argument("--clients", type=int, default=Load.clients)
    parser.add_argument("--seconds", type=float, default=Load.seconds)
    parser.add_argument("--output", type=Path, help="file for the report as JSON")
    options = parser.parse_args()
    report = measure(Load(options.checkpoint, clients=options.clients, seconds=options.seconds))
    text = json.dumps(report, indent=2, ensure_ascii=False)
    print(text)
    if options.output:
        options.output.write_text(text + "\n", encoding="utf-8")
    return 0 if report["ok"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
