"""What to watch while it trains, from which value on somebody must look, and the failures to try out beforehand."""

from __future__ import annotations

import math
from collections.abc import Iterator

from agents.coder.guiding.amounts import Subject
from agents.coder.guiding.full_run import MINI
from agents.coder.guiding.plans import checkpoint_gb
from framework.artifacts.guidance import Alarm, Drill, Plan
from framework.artifacts.tech_figures import percent
from framework.messages import Lang, say

_METRICS = "metrics.jsonl"
_AROUND = 0.1  # the first loss is within a tenth of ln(vocabulary)
_LEARNT, _BEGUN = 0.65, 0.9  # of it, at the end of a warm-up that is long enough to learn words and pairs, or is not
_LONG = 10_000_000  # tokens
_SPIKE = 10  # times the clipping limit
_SLOW = 0.7  # of the least predicted speed
_FULL = 0.97  # of the card's memory
_GAP = 1.05  # validation loss over training loss
_SPARE = 3  # checkpoints that must still have room
_STUCK_MINUTES = 10.0  # validating, writing and a slow disk take minutes now and then
_MEMORY = {"cpu": "ps -o rss= -C python", "gpu": "nvidia-smi --query-gpu=memory.used --format=csv"}


def alarms_for(subject: Subject, plan: Plan) -> list[Alarm]:
    """With the values of this run on the user's machine."""
    return list(_alarms(subject, plan))


def _alarms(subject: Subject, plan: Plan) -> Iterator[Alarm]:
    run, lang = subject.run, subject.lang
    blind, clip = math.log(run.vocab), run.training.grad_clip or 1.0
    yield _alarm(
        lang,
        "first_loss",
        f"{_METRICS}: loss",
        _short(blind * (1 - _AROUND)),
        _short(blind * (1 + _AROUND)),
        loss=f"{blind:.2f}",
    )
    yield _alarm(
        lang,
        "learning",
        f"{_METRICS}: loss",
        None,
        _short(blind * (_LEARNT if run.scheduler.warmup_steps * subject.step_tokens >= _LONG else _BEGUN)),
        warmup=f"{run.scheduler.warmup_steps:,}",
    )
    yield _alarm(lang, "gradient", f"{_METRICS}: grad_norm", None, _SPIKE * clip, clip=f"{clip:g}")
    low, high = plan.tokens_per_s
    speed = {"low": f"{low:,.0f}", "high": f"{high:,.0f}"}
    yield _alarm(lang, "speed", f"{_METRICS}: tokens_per_second", _short(low * _SLOW), None, **speed)
    if plan.machine.kind != "cpu":
        share = {"low": percent(plan.mfu[0]), "high": percent(plan.mfu[1])}
        yield _alarm(lang, "mfu", f"{_METRICS}: mfu", _short(plan.mfu[0] * _SLOW), None, **share)
    command = _MEMORY["cpu" if plan.machine.kind == "cpu" else "gpu"]
    taken = f"{plan.memory_gb:.1f}"
    yield _alarm(lang, "memory", command, None, _short(plan.usable_gb * _FULL), taken=taken)
    yield _alarm(lang, "gap", f"{_METRICS}: val_loss / loss", None, _GAP, patience=3)
    yield _alarm(lang, "nan", "log: the gradient is not finite", None, 0, patience=run.training.nan_patience)
    planned = f"{max(1.0, plan.save_minutes.best):g}"
    yield _alarm(
        lang,
        "age",
        "ls -lt outputs/*/*/*/checkpoints",
        None,
        max(_STUCK_MINUTES, 2 * plan.save_minutes.high),
        minutes=planned,
    )
    size = checkpoint_gb(subject)
    yield _alarm(lang, "disk", "df -h outputs", _short(_SPARE * size), None, size=f"{size:.2g}")


def _alarm(lang: Lang, key: str, where: str, low: float | None, high: float | None, /, **fields: object) -> Alarm:
    return Alarm(
        name=say(lang, f"guidance.alarm_{key}_name"),
        where=where,
        low=low,
        high=high,
        usual=say(lang, f"guidance.alarm_{key}_usual", **fields),
        act=say(lang, f"guidance.alarm_{key}_act", **fields),
    )


def _short(value: float) -> float:
    return float(f"{value:.3g}")


_DRILL = f"python main.py --config {MINI} output_folder=outputs/drill"
_RUN = "outputs/drill/mini"
_ENDLESS = f"{_DRILL} training.max_steps=1000000 training.save_every=20"
_GO_ON = f"python main.py --resume {_RUN} & sleep 40; kill -TERM $!; wait $!"
_TWO = "torchrun --standalone --nproc_per_node=2"  # on the processor: there may be one card only


def drills_for(lang: Lang) -> list[Drill]:
    """On the small configuration, so that each takes a minute or two."""
    same = "outputs/drill/same"
    lines = {
        "ended": [f"{_ENDLESS} & sleep 30; kill -TERM $!; wait $!", _GO_ON],
        "killed": [
            f"{_TWO} {_ENDLESS.removeprefix('python ')} device=cpu & sleep 60",
            'kill -9 "$(pgrep -P $! | tail -n 1)"; wait',
            f"{_TWO} {_GO_ON.removeprefix('python ').replace(_RUN, f'{_RUN} device=cpu')}",
        ],
        "disk": [
            f"{_DRILL} training.max_steps=50",
            f"(ulimit -f 1000; python main.py --resume {_RUN} training.max_steps=100)",
            f"python main.py --resume {_RUN} training.max_steps=100",
        ],
        "same": [
            f"python main.py --config {MINI} output_folder={same} training.max_steps=40 training.save_every=20",
            f"python main.py --resume {same}/mini/*/checkpoints/step_000020",
            f"grep -h '\"step\": 40' {same}/mini/*/metrics.jsonl",
        ],
    }
    return [_drill(lang, key, text) for key, text in lines.items()]


def _drill(lang: Lang, key: str, lines: list[str]) -> Drill:
    name, expect = (say(lang, f"guidance.drill_{key}_{part}") for part in ("name", "expect"))
    return Drill(name=name, lines=lines, expect=expect)
