"""Stage venv-spec: what the project needs is resolved and written down, with the commands that install it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agents.ops.policy import Policy
from agents.ops.recipes import recipes
from agents.ops.verification import SPEC, given, verification_lock
from agents.ops.wanted import (
    Declared,
    at_run_time,
    declared,
    direct_names,
    for_development,
    left_optional,
    used_at_run_time,
)
from framework.artifacts.base import sha256
from framework.artifacts.pins import Pin
from framework.artifacts.tech import Tech
from framework.artifacts.venv_spec import COPIES, REQUIREMENTS, Kind, MiniData, RequirementSet, SpecCopy, VenvSpec
from framework.engines.base import Engine
from framework.messages import Lang, say
from framework.runtime.codetree import CodeTree
from framework.runtime.rehearsal import rehearse
from framework.runtime.resolver import Lock, resolve
from framework.runtime.venvs import Venv, verification_venv
from framework.runtime.workspace import Workspace


@dataclass(frozen=True)
class Part:
    """One requirements file in the making."""

    kind: Kind
    lock: Lock
    pins: list[Pin]
    direct: list[str]
    text: str


@dataclass(frozen=True)
class Copy:
    """A spec document as it will stand in the project."""

    name: str
    file: str
    text: str
    edited: bool = False


def run(workspace: Workspace, engine: Engine) -> None:
    """Write the requirements files, the copies of the spec documents, and venv.md."""
    tech, tree = workspace.read(Tech), workspace.code()
    policy = workspace.spec(SPEC).parse(Policy)
    whole, venv, parts = _resolution(workspace, policy, tree)
    project = declared(tree)
    copies = list(_copies(workspace, tree))
    texts = {REQUIREMENTS[part.kind]: part.text for part in parts} | {copy.file: copy.text for copy in copies}
    workspace.put(texts, "venv-spec: requirements and specs", over=tree)
    workspace.write(
        VenvSpec(
            project=tech.project,
            python_wanted=policy.python.preferred,
            python=whole.python,
            resolved_by=whole.installer,
            indexes=[address for address in (whole.given.index, *whole.given.extra) if address],
            requirements=[_described(workspace, venv, part, parts) for part in parts],
            optional_extras=left_optional(project, policy.requirements.development_extras),
            recipes=recipes(policy, {part.kind: part.lock for part in parts}),
            mini=_mini(tech, policy),
            copies=[SpecCopy(name=c.name, file=c.file, sha256=sha256(c.text), edited=c.edited) for c in copies],
        )
    )


def requirement_texts(workspace: Workspace) -> dict[str, str]:
    """The requirements files as pyproject.toml and the imports want them now."""
    _, _, parts = _resolution(workspace, workspace.spec(SPEC).parse(Policy), workspace.code())
    return {REQUIREMENTS[part.kind]: part.text for part in parts}


def _resolution(workspace: Workspace, policy: Policy, tree: CodeTree) -> tuple[Lock, Venv, list[Part]]:
    whole = verification_lock(policy, tree)
    venv = verification_venv(whole, workspace.announce)
    project = declared(tree)
    return whole, venv, list(_parts(workspace, policy, project, _run_time(policy, project, tree, venv), whole))


def _run_time(policy: Policy, project: Declared, tree: CodeTree, venv: Venv) -> list[str]:
    used = used_at_run_time(tree, venv.modules())
    return at_run_time(project, used, policy.requirements.development_extras)


def _parts(workspace: Workspace, policy: Policy, project: Declared, wanted: list[str], whole: Lock) -> Iterator[Part]:
    """The three files. The versions are those of the verification environment; on a GPU only torch's build differs."""
    lang = workspace.run.lang
    workspace.announce("venv.resolving", file=REQUIREMENTS["cpu"])
    cpu = _resolved(policy, wanted, whole, whole.as_constraints())
    yield Part("cpu", cpu, cpu.pins, direct_names(wanted), _text(lang, "cpu", cpu.pins))
    workspace.announce("venv.resolving", file=REQUIREMENTS["gpu"])
    gpu = _gpu(policy, wanted, whole)
    yield Part("gpu", gpu, gpu.pins, direct_names(wanted), _text(lang, "gpu", gpu.pins))
    workspace.announce("venv.resolving", file=REQUIREMENTS["dev"])
    everything = for_development(project)
    dev = _resolved(policy, everything, whole, whole.as_constraints())
    more = _on_top(dev.pins, cpu.pins)
    direct = sorted(set(direct_names(everything)) & {pin.name for pin in more})
    yield Part("dev", dev, more, direct, _text(lang, "dev", more))


def _on_top(pins: list[Pin], held: list[Pin]) -> list[Pin]:
    """What the other file does not bring. torch stays out whatever its markers are: its build is that file's affair."""
    lines, always = {pin.line for pin in held}, {(pin.name, pin.version) for pin in held if not pin.marker}
    brought = {"torch"} & {pin.name for pin in held}
    return [
        pin
        for pin in pins
        if pin.line not in lines and (pin.name, pin.version) not in always and pin.name not in brought
    ]


def _resolved(policy: Policy, wanted: list[str], whole: Lock, constraints: str) -> Lock:
    return resolve(
        wanted,
        python=whole.python,
        torch_device="cpu",
        constraints=constraints,
        given=given(policy),
        torch_index=policy.torch.cpu_index,
    )


def _gpu(policy: Policy, wanted: list[str], whole: Lock) -> Lock:
    plain = whole.torch.partition("+")[0]
    same = f"torch=={plain}\n" if plain else ""
    return resolve(
        wanted,
        python=whole.python,
        torch_device="gpu",
        constraints=whole.as_constraints(without=["torch"]) + same,
        given=given(policy),
        torch_index=policy.torch.gpu_index,
    )


def _text(lang: Lang, kind: Kind, pins: list[Pin]) -> str:
    return f"# {say(lang, f'venv.file_{kind}')}\n" + "".join(pin.text for pin in pins)


def _described(workspace: Workspace, venv: Venv, part: Part, parts: list[Part]) -> RequirementSet:
    file = REQUIREMENTS[part.kind]
    workspace.announce("venv.checking", file=file)
    together = [one for one in parts if one is part or (part.kind == "dev" and one.kind == "cpu")]
    return RequirementSet(
        kind=part.kind,
        file=file,
        sha256=sha256(part.text),
        packages=len({pin.name for pin in part.pins}),
        platform=part.lock.platform,
        torch=part.lock.torch if any(pin.name == "torch" for pin in part.pins) else "",
        origin=part.lock.origin,
        direct=part.direct,
        receipt=rehearse(part.lock, venv, {REQUIREMENTS[one.kind]: one.text for one in together}),
    )


def _copies(workspace: Workspace, tree: CodeTree) -> Iterator[Copy]:
    """One that was edited since foundry put it there stays: it is what later stages obey."""
    last = workspace.previous(VenvSpec)
    before = {copy.file: copy for copy in last.copies} if last else {}
    for name, file in COPIES.items():
        text, there = workspace.spec(name).text, tree.texts.get(file)
        if there is None or there == text:
            yield Copy(name, file, text)
        elif file in before and (before[file].edited or before[file].sha256 != sha256(there)):
            workspace.announce("venv.kept", file=file)
            yield Copy(name, file, there, edited=True)
        else:
            workspace.announce("venv.replaced", file=file)
            yield Copy(name, file, text)


def _mini(tech: Tech, policy: Policy) -> MiniData:
    chosen = tech.choice or tech.candidates[0]
    mini = chosen.data.mini
    return MiniData(
        source=mini.name,
        license=mini.license,
        split=mini.split,
        classes=chosen.objective == "classification",
        rules=policy.mini_dataset,
    )
