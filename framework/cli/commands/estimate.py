"""`foundry estimate`: parameters, memory, hours and cost of a model on a machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framework.cli.options import AsJson

if TYPE_CHECKING:
    from framework.cli.console import Console
    from framework.knowledge.architecture import Architecture
    from framework.knowledge.estimate import Estimate
    from framework.knowledge.memory import Method

DEFAULT_GPU = "RTX 4090"
Model = Annotated[str | None, typer.Option(metavar="NAME", help="A model of the catalog, e.g. Qwen2.5-7B.")]
HfConfig = Annotated[Path | None, typer.Option("--hf-config", metavar="FILE", help="A model's config.json.")]
Tokens = Annotated[
    str | None, typer.Option(metavar="N", help="Tokens processed in training, repetitions included: 300B, 1.5T, 2e12.")
]
Gpu = Annotated[str | None, typer.Option(metavar="NAME", help="Accelerator, e.g. 'A100 80G', 'M2 Max', 'Ascend 910B'.")]
Count = Annotated[int, typer.Option(metavar="N", min=1, max=1_000_000, help="How many of them.")]
HowTrained = Annotated[str, typer.Option("--method", metavar="full|lora|qlora", help="How it is trained.")]
Context = Annotated[str | None, typer.Option(metavar="N", help="Tokens in a sequence: 4096 or 4k.")]
Batch = Annotated[
    int | None,
    typer.Option(
        metavar="N", min=1, max=100_000, help="Sequences that one card works on at a time; few make small models slow."
    ),
]


def estimate(
    model: Model = None,
    hf_config: HfConfig = None,
    tokens: Tokens = None,
    gpu: Gpu = None,
    count: Count = 1,
    method: HowTrained = "full",
    context: Context = None,
    batch: Batch = None,
    as_json: AsJson = False,
) -> None:
    """Estimate memory, hours and cost of a model.

    Parameters are exact; hours and cost are ranges, with everything that was assumed.
    """
    from framework.cli.console import Console
    from framework.knowledge import estimate as estimator

    console = Console(as_json=as_json)
    _check(model, hf_config)
    request = estimator.EstimateRequest(
        model=model,
        architecture=_architecture(hf_config),
        accelerator=gpu or DEFAULT_GPU,
        count=count,
        method=_method(method),
        tokens=_number("--tokens", tokens, 1000),
        context=_number("--context", context, 1024),
        batch=batch,
        lang=console.lang,
    )
    found = estimator.estimate(request)
    if gpu is None:
        assumed = console.word("cli.estimate_default_gpu", gpu=DEFAULT_GPU)
        found = found.model_copy(update={"assumptions": [assumed, *found.assumptions]})
    if as_json:
        console.document(found.model_dump(mode="json"))
    else:
        _show(console, found, model or str(hf_config))


def _check(model: str | None, hf_config: Path | None) -> None:
    from framework.cli.language import tell
    from framework.errors import UsageError

    if (model is None) == (hf_config is None):
        raise UsageError(tell("usage.one_model"), tell("usage.one_model_hint"))


def _architecture(hf_config: Path | None) -> Architecture | None:
    from framework.knowledge.hf_config import load_hf_config

    return load_hf_config(hf_config) if hf_config else None


def _method(name: str) -> Method:
    from typing import cast, get_args

    from framework.cli.choices import one_of
    from framework.knowledge.memory import Method

    return cast(Method, one_of("--method", name, get_args(Method)))


def _number(option: str, text: str | None, kilo: int) -> int | None:
    from framework.cli.quantities import whole_number

    return whole_number(option, text, kilo) if text else None


def _show(console: Console, found: Estimate, name: str) -> None:
    machine = f"{found.count} × {found.accelerator}, {found.memory_gb:g} GB"
    console.line((name, "bold"), (f"  {machine}", "cyan"))
    console.line()
    low, high = found.wall_hours
    rows: list[tuple[str, str]] = [
        ("params", f"{found.params:,}"),
        ("active", f"{found.active_params:,}" if found.active_params != found.params else ""),
        ("trained", f"{found.trained_params:,}  ({found.method})"),
        ("tokens", f"{found.tokens:,}"),
        ("train_vram", f"{found.train_vram_gb:,.1f} GB"),
        ("infer_vram", f"{found.infer_vram_gb:,.1f} GB"),
        ("gpu_hours", f"{found.gpu_hours[0]:,.4g} - {found.gpu_hours[1]:,.4g}"),
        ("wall_hours", f"{low:,.4g} - {high:,.4g}" if found.count > 1 else ""),
        ("cost", f"{found.cost_usd[0]:,.2f} - {found.cost_usd[1]:,.2f} USD"),
    ]
    console.table([[(console.word(f"cli.estimate_{key}"), "dim"), value] for key, value in rows if value], indent=2)
    console.line()
    console.say(
        "cli.estimate_fits" if found.fits else "cli.estimate_fits_not", "bold green" if found.fits else "bold red"
    )
    for note in found.notes:
        console.line(("! ", "yellow"), note, indent=2)
    console.line()
    console.say("cli.estimate_assumptions", "dim")
    for assumption in found.assumptions:
        console.line((f"- {assumption}", "dim"), indent=2)
