"""venv.md for people: the commands first, then what they install and how the mini dataset is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from framework.artifacts.markdown import bullets, table, text
from framework.messages import say

if TYPE_CHECKING:
    from framework.artifacts.venv_spec import RequirementSet, VenvSpec

_SYSTEMS = {"linux": "Linux", "macos": "macOS", "windows": "Windows (PowerShell)"}


def render(spec: VenvSpec) -> str:
    """The whole report."""
    return "\n\n".join(
        [
            f"# {text(_say(spec, 'title', title=spec.project.title))}",
            _python(spec),
            f"## {_say(spec, 'section_requirements')}",
            _requirements(spec),
            bullets(_remarks(spec)),
            *_installation(spec),
            f"## {_say(spec, 'section_mini')}",
            bullets(_mini(spec)),
            f"## {_say(spec, 'section_copies')}",
            _say(spec, "copies"),
            table(_heads(spec, "file", "sha256"), ((f"`{copy.file}`", f"`{copy.sha256}`") for copy in spec.copies)),
        ]
    )


def headline(spec: VenvSpec) -> str:
    """Its result in one line."""
    files = ", ".join(one.file for one in spec.requirements)
    return _say(spec, "headline", python=spec.python, files=files)


def _say(spec: VenvSpec, key: str, **fields: object) -> str:
    return say(spec.language, f"venv.{key}", **fields)


def _heads(spec: VenvSpec, *keys: str) -> list[str]:
    return [_say(spec, f"head_{key}") for key in keys]


def _python(spec: VenvSpec) -> str:
    key = "python_first" if spec.python == spec.python_wanted[0] else "python_other"
    return _say(spec, key, python=spec.python, wanted=spec.python_wanted[0], installer=spec.resolved_by)


def _requirements(spec: VenvSpec) -> str:
    heads = _heads(spec, "file", "purpose", "packages", "torch", "platform", "resolves", "sha256")
    return table(heads, (_row(spec, one) for one in spec.requirements))


def _row(spec: VenvSpec, one: RequirementSet) -> list[str]:
    platform = _say(spec, "platform_any") if one.platform == "any" else one.platform
    outcome = "resolves_yes" if one.receipt.passed else "resolves_no"
    return [
        f"`{one.file}`",
        _say(spec, f"purpose_{one.kind}"),
        str(one.packages),
        text(one.torch) or "-",
        text(platform),
        _say(spec, outcome, command=" ".join(one.receipt.command)),
        f"`{one.sha256[:16]}`",
    ]


def _remarks(spec: VenvSpec) -> Iterator[str]:
    for one in spec.requirements:
        if one.direct:
            yield _say(spec, "direct", file=one.file, names=", ".join(one.direct))
    for extra in spec.optional_extras:
        yield _say(spec, "optional", extra=text(extra))
    if spec.indexes:
        yield _say(spec, "indexes", addresses=", ".join(f"`{address}`" for address in spec.indexes))


def _installation(spec: VenvSpec) -> Iterator[str]:
    yield f"## {_say(spec, 'section_install')}"
    yield _say(spec, "install")
    for recipe in spec.recipes:
        kind = _say(spec, f"kind_{recipe.kind}")
        yield f"### {_SYSTEMS[recipe.system]}, {recipe.installer}, {kind}"
        yield "\n".join(["```powershell" if recipe.system == "windows" else "```bash", *recipe.lines, "```"])
    yield bullets(_notes(spec))


def _notes(spec: VenvSpec) -> Iterator[str]:
    if any("+cpu" in one.torch and one.origin != "index" for one in spec.requirements):
        yield _say(spec, "note_cpu_build")
        yield _say(spec, "note_uv_links")
    if any(one.kind == "gpu" for one in spec.requirements):
        yield _say(spec, "note_gpu")
    yield _say(spec, "note_dev")


def _mini(spec: VenvSpec) -> Iterator[str]:
    mini, rules = spec.mini, spec.mini.rules
    yield _say(spec, "mini_source", source=text(mini.source), split=text(mini.split), license=text(mini.license))
    yield _say(spec, "mini_size", rows=f"{rules.most_rows:,}", tokens=f"{rules.tokens:,}")
    yield _say(spec, "mini_seed", seed=rules.seed)
    shares = ", ".join(f"{_say(spec, f'share_{name}')} {share:.0%}" for name, share in rules.shares.items())
    yield _say(spec, "mini_shares", shares=shares)
    if mini.classes:
        yield _say(spec, "mini_classes", least=rules.least_per_class)
    yield _say(spec, "mini_kept")
