"""What is said beside the figures: the steps to take, what nobody has proven yet, and what had to be assumed."""

from __future__ import annotations

from collections.abc import Iterator

from agents.coder.guiding.amounts import HIGHER, LOWER, Subject
from agents.coder.guiding.facts import facts
from agents.coder.guiding.full_run import TUNINGS, FullRun
from agents.coder.guiding.hardware import NODES, OWN
from agents.coder.guiding.moving import moved
from agents.coder.guiding.plans import checkpoint_gb
from framework.artifacts.guidance import DEPLOY, Plan, Span, Tuning, Unverified
from framework.artifacts.requirements import Requirements
from framework.artifacts.tech import Range
from framework.artifacts.tech_figures import CENT, cents, gb, number, percent
from framework.knowledge.catalog import price_evidence
from framework.knowledge.compute import starting_seconds
from framework.knowledge.parameters import count_parameters
from framework.messages import Lang, say
from framework.runtime.codetree import CodeTree

_NO_CODE = ("ascend", "tpu")  # the project's code knows CUDA, Apple's Metal and processors
_COPIES = 3  # the last, the best, and the next one while it is written
_GRADIENT_BYTES = 4  # the project's weights and gradients are fp32, whatever is computed in
_STEPS = (
    *("environment", "copy", "data", "first_hour", "drills", "start"),
    *("watch", "resume", "tune", "evaluate", "serve"),
)
_SMALL_SHARE = 0.1  # of a step, for the exchange
_FIRST_HOUR = f"bash {DEPLOY}/first_hour_on_gpu.sh"


def steps_of(subject: Subject, plan: Plan, tunings: list[Tuning]) -> list[str]:
    """From here to a model that answers."""
    lang, serving = subject.lang, subject.candidate.serving
    disk = gb(checkpoint_gb(subject) * (subject.run.training.keep + _COPIES))
    fields = {"script": f"bash {DEPLOY}/{OWN}.sh", "first_hour": _FIRST_HOUR, "disk": disk}
    absent = {"first_hour"} if plan.machine.kind == "cpu" else set()
    absent |= set() if tunings else {"tune"}
    data = moved(subject.run)
    absent |= set() if data else {"copy"}
    fields |= {"path": data.shown, "copy": data.command, "word": data.word} if data else {}
    listed = ", ".join(f"`{one.config}`" for one in tunings)
    lines = [say(lang, f"guidance.step_{key}", tunings=listed, **fields) for key in _STEPS if key not in absent]
    if serving:
        (low, high), (least, most) = serving.latency_ms, serving.requests_per_s
        spans = {"low": number(low), "high": number(high), "least": number(least), "most": number(most)}
        lines.append(say(lang, "guidance.step_service", machine=plan.machine.name, **spans))
    return lines


def tunings_of(tree: CodeTree, cards: int) -> list[Tuning]:
    """The trainings that the project has besides."""
    return [_tuning(path, FullRun.read(tree, path), cards) for path in TUNINGS if path in tree.texts]


def _tuning(path: str, run: FullRun, cards: int) -> Tuning:
    rate, loop = run.optimizer.params.lr, run.training
    return Tuning(
        config=path,
        rate=Span(low=float(f"{rate / LOWER:.3g}"), best=rate, high=float(f"{rate * HIGHER:.3g}")),
        step_sequences=loop.batch_size * loop.accumulate * cards,
        epochs=loop.epochs,
    )


def limits_of(wanted: Requirements, plan: Plan, lang: Lang) -> list[str]:
    """The time and the money that were asked for, beside what it takes on the user's machine."""
    asked = {
        "time": (wanted.number("time_limit_h"), plan.wall_hours),
        "money": (wanted.number("budget_usd"), plan.cost_usd),
    }
    return [_limit(lang, key, limit, span) for key, (limit, span) in asked.items() if limit is not None]


def _limit(lang: Lang, key: str, limit: float, span: Range) -> str:
    low, high = span
    outcome = "kept" if high <= limit else "maybe" if low <= limit else "broken"
    held = say(lang, f"guidance.limit_{outcome}")
    taken = {"low": cents(low), "high": number(max(high, CENT))}
    return say(lang, f"guidance.limit_{key}", limit=f"{limit:g}", outcome=held, **taken)


def unverified_of(subject: Subject, plans: list[Plan], *, shellchecked: bool) -> list[Unverified]:
    """What no run on this machine has shown."""
    return list(_unverified(subject, plans, shellchecked))


def _unverified(subject: Subject, plans: list[Plan], shellchecked: bool) -> Iterator[Unverified]:
    lang, own = subject.lang, plans[0]
    gpu = own if own.machine.kind != "cpu" else next(plan for plan in plans if plan.machine.kind != "cpu")
    low, high = gpu.tokens_per_s
    fields = {
        "machine": gpu.machine.name,
        "batch": gpu.batch.best,
        "memory": gb(gpu.memory_gb),
        "low": f"{low:,.0f}",
        "high": f"{high:,.0f}",
        "mfu_low": percent(gpu.mfu[0]),
        "mfu_high": percent(gpu.mfu[1]),
    }
    claims = ["bf16", "exchange", "compile", "largest_batch", "memory", "tokens_per_s", "mfu"]
    for key in claims if gpu.precision == "bf16" else claims[1:]:
        yield Unverified(key=key, claim=say(lang, f"guidance.claim_{key}", **fields), proof=_FIRST_HOUR)
    for key, proof in (
        ("slurm", f"sbatch {DEPLOY}/slurm.sbatch"),
        ("kubernetes", f"kubectl apply --dry-run=server -f {DEPLOY}/kubernetes_pytorchjob.yaml"),
        ("skypilot", f"sky launch --dryrun {DEPLOY}/skypilot.yaml"),
        ("several_nodes", f"HEAD=... bash {DEPLOY}/{NODES}.sh"),
    ):
        yield Unverified(key=key, claim=say(lang, f"guidance.claim_{key}"), proof=proof)
    if not shellchecked:
        yield Unverified(
            key="shellcheck", claim=say(lang, "guidance.claim_shellcheck"), proof=f"shellcheck {DEPLOY}/*.sh"
        )


def assumptions_of(subject: Subject, plans: list[Plan], headroom: float) -> list[str]:
    """What a figure rests on that nobody stated."""
    return list(_assumptions(subject, plans, headroom))


def _assumptions(subject: Subject, plans: list[Plan], headroom: float) -> Iterator[str]:
    lang, own = subject.lang, plans[0]
    if own.machine.assumed:
        yield say(lang, "guidance.assumed_machine", machine=own.machine.name)
    if own.machine.kind in _NO_CODE:
        yield say(lang, "guidance.assumed_no_code", machine=own.machine.name)
    if subject.dataset_tokens is None:
        yield say(lang, "guidance.assumed_unknown_data")
    evidence = price_evidence()
    yield say(lang, "guidance.assumed_prices", source=evidence.source, date=evidence.date)
    least, most = (f"{seconds * 1000:.2g}" for seconds in starting_seconds(subject.run.architecture))
    yield say(lang, "guidance.assumed_starts", low=least, high=most)
    yield say(lang, "guidance.assumed_memory", share=f"{headroom:.0%}")
    yield say(lang, "guidance.assumed_disk_speed")
    if any(plan.checkpointing for plan in plans):
        yield say(lang, "guidance.assumed_recomputing")
    yield from (_exchanged(subject, plan) for plan in plans if plan.machine.count > 1 and plan.fits)


def _exchanged(subject: Subject, plan: Plan) -> str:
    """What the cards send each other in a step, and the link at which that hardly counts."""
    cards = plan.machine.count
    moved = count_parameters(subject.run.architecture).total * _GRADIENT_BYTES * 2 * (cards - 1) / cards / 1e9
    if plan.sharing.strategy == "fsdp2":  # gathers the weights for every part of a step
        moved *= facts().sharding_traffic.value * plan.accumulation
    seconds = plan.wall_hours[0] * 3600 / plan.steps
    return say(
        subject.lang,
        "guidance.assumed_exchange_nodes" if plan.nodes > 1 else "guidance.assumed_exchange",
        machine=plan.machine.name,
        cards=cards,
        moved=f"{moved:.3g}",
        seconds=f"{seconds:.2g}",
        share=f"{_SMALL_SHARE:.0%}",
        speed=f"{moved / (seconds * _SMALL_SHARE):.2g}",
    )
