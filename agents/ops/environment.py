"""Stage environment: the project's own environment is made, and everything in it is seen to work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents.ops.project_environment import project_environment, requirements_text
from framework.artifacts.base import Question, sha256
from framework.artifacts.env_check import EnvCheck, Environment, Installed, IsolationLevel, RequirementFile
from framework.artifacts.pins import Pin, parse_pins
from framework.artifacts.records import Answer, Device
from framework.artifacts.requirements import Requirements
from framework.artifacts.venv_spec import REQUIREMENTS, Kind, VenvSpec
from framework.engines.base import Engine
from framework.errors import UsageError
from framework.messages import say
from framework.runtime.env_examination import examine
from framework.runtime.env_facts import installed
from framework.runtime.machine_facts import cards, machine
from framework.runtime.project_venvs import FREEZE, freeze, made_for
from framework.runtime.resolver import meant_here
from framework.runtime.restricted import isolation
from framework.runtime.venvs import Venv
from framework.runtime.workspace import Workspace

_AREA = "environment"
DEVICE = f"{_AREA}.device"
_WORDS: dict[Device, tuple[str, ...]] = {"cpu": ("cpu", "1", "处理器"), "gpu": ("gpu", "cuda", "2", "显卡")}


def run(workspace: Workspace, engine: Engine) -> None:
    """Write env_check_report.md."""
    spec = workspace.read(VenvSpec)
    question = _question(workspace)
    device = _device(workspace, question)
    if device is None:
        workspace.write(EnvCheck(project=spec.project, device="", questions=[question]))
        return
    venv = project_environment(workspace, device)
    questions = [question] if question.answer or question.strategy else []
    found = _examined(workspace, spec, venv, device)
    workspace.write(EnvCheck(project=spec.project, device=device, questions=questions, environment=found))


def read_device(text: str) -> Device | None:
    """The device that an answer names."""
    words = text.casefold().replace("，", " ").replace(",", " ").split()
    named = [device for device, known in _WORDS.items() if any(word in known for word in words)]
    return named[0] if len(named) == 1 else None


def check_device(text: str, workspace: Workspace) -> None:
    """Refuse an answer that names no device."""
    if read_device(text) is None:
        lang = workspace.run.lang
        raise UsageError(say(lang, "environment.no_device", text=text), hint=say(lang, "environment.no_device_hint"))


def _device(workspace: Workspace, question: Question) -> Device | None:
    """What was answered, or given with --device; None while nobody has said."""
    if question.answer:
        return read_device(question.answer)
    if question.strategy:  # skipped
        return read_device(question.default or "cpu")
    return workspace.run.settings.device


def _question(workspace: Workspace) -> Question:
    lang, found = workspace.run.lang, cards()
    wishes = workspace.read(Requirements)
    answer: Answer | None = workspace.answers.answers.get(DEVICE)
    default: Device = "gpu" if found and not wishes.flag("hardware.cpu_only") else "cpu"
    there = ", ".join(f"{card.name} ({card.memory_gb:g} GB)" for card in found)
    text = say(lang, "environment.ask_gpu", cards=there) if found else say(lang, "environment.ask_no_gpu")
    return Question(
        id=DEVICE,
        slot=DEVICE,
        text=text,
        why=say(lang, "environment.why_device"),
        choices=["cpu", "gpu"],
        default=default,
        answer=answer.text if answer else None,
        score=1.0 if answer and answer.text else 0.5,
        strategy=say(lang, "environment.default_device", device=default) if answer and answer.text is None else "",
    )


def _examined(workspace: Workspace, spec: VenvSpec, venv: Venv, device: Device) -> Environment:
    root = workspace.files.root
    kinds: tuple[Kind, ...] = (device, "dev")
    here = {kind: meant_here(parse_pins(requirements_text(workspace, kind)), spec.python) for kind in kinds}
    there = installed(venv.root)
    asked = direct(spec, device, here)
    workspace.announce("environment.importing", count=len(asked))
    seen = examine(venv, root, asked)
    mark, level = made_for(venv), isolation()
    return Environment(
        folder=venv.root.name,
        key=venv.key,
        python_version=seen.python,
        installer="uv" if mark.installer == "uv" else "pip",
        install_seconds=mark.seconds,
        requirements=[_file(workspace, kind, here[kind]) for kind in here],
        packages_installed=[_installed(name, version, here) for name, version in there.items()],
        packages_missing=[pin.line for found in here.values() for pin in found if there.get(pin.name) != pin.version],
        imports=seen.imports,
        import_seconds=seen.seconds,
        torch=seen.torch,
        machine=machine(root),
        isolation=IsolationLevel(level=level.level, network_cut=level.network, why=level.why),
        freeze_file=f"{venv.root.name}/{FREEZE}",
        freeze_sha256=sha256(freeze(venv)),
    )


def direct(spec: VenvSpec, device: Device, here: Mapping[Kind, Sequence[Pin]]) -> list[str]:
    """What the project itself asks for on this platform, to run and to be tested."""
    asked = {name for one in spec.requirements if one.kind in (device, "dev") for name in one.direct}
    return sorted(asked & {pin.name for pins in here.values() for pin in pins})


def _file(workspace: Workspace, kind: Kind, here: Sequence[Pin]) -> RequirementFile:
    return RequirementFile(
        file=REQUIREMENTS[kind],
        sha256=sha256(requirements_text(workspace, kind)),
        packages=len({pin.name for pin in here}),
    )


def _installed(name: str, version: str, here: dict[Kind, list[Pin]]) -> Installed:
    for kind, pins in here.items():
        if pin := next((pin for pin in pins if (pin.name, pin.version) == (name, version)), None):
            one = pin.hashes[0] if len(pin.hashes) == 1 else f"sha256:{sha256(' '.join(sorted(pin.hashes)))}"
            return Installed(name=name, version=version, file=REQUIREMENTS[kind], hash=one, builds=len(pin.hashes))
    return Installed(name=name, version=version, file="", hash="", builds=0)
