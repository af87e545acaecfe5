"""Stage image: the project and its weights become an image, and what is in it is seen from the inside."""

from __future__ import annotations

from agents.ops.docker_policy import DockerPolicy
from agents.ops.imaging.asking import chosen, trained_by_debug, weights_question
from agents.ops.imaging.building import build
from agents.ops.imaging.checking import Checked, check_inside, check_loads, place_of
from agents.ops.imaging.files import made_files
from agents.ops.imaging.sbom import sbom
from agents.ops.imaging.subject import DEVICES, Subject
from framework.artifacts.base import sha256
from framework.artifacts.bugfix import Bugfix
from framework.artifacts.container_check import SBOM, ContainerCheck
from framework.artifacts.image import DOCKERFILES, BaseImage, Image, ImageFile, ImageWeights
from framework.artifacts.receipts import CommandReceipt
from framework.artifacts.venv_spec import VenvSpec
from framework.engines.base import Engine as Judge
from framework.errors import InvalidDocument
from framework.messages import say
from framework.rendering.standing import Standing, as_last_made, compared
from framework.runtime.docker import Engine, engine, labels_of
from framework.runtime.image_base import base_image
from framework.runtime.project_venvs import existing_project_venv
from framework.runtime.weights import Weights
from framework.runtime.workspace import Workspace

SPEC = "DOCKER_CONFIG.md"
_EXAMPLE = "outputs/RUN"


def run(workspace: Workspace, judge: Judge) -> None:
    """Write deploy/docker, build, look inside, and write image_report.md."""
    bugfix, question = workspace.read(Bugfix), weights_question(workspace)
    asked = [question] if question.answer or question.strategy else []
    report = Image(project=bugfix.project, device=bugfix.device, questions=asked)
    if question.is_open:
        workspace.write(report.model_copy(update={"questions": [question]}))
        return
    weights = chosen(workspace, question)
    docker = engine()
    docker.reap(labels_of(bugfix.project.name, workspace.stage, workspace.files.root))  # what a killed run has left
    subject = _subject(workspace, docker, bugfix)
    files = _laid(workspace, subject)
    loads = check_loads(workspace, subject, weights)
    report = report.model_copy(
        update={
            "weights": _weights(workspace, subject, weights, loads),
            "base": subject.base,
            "bounds": subject.bounds,
            "dependencies": subject.policy.build.dependencies,
            "files": [ImageFile.model_validate(one.model_dump()) for one in files.told],
            "unverified": _unverified(subject),
        }
    )
    workspace.write(_built(workspace, docker, subject, files, weights, report) if loads.passed else report)


def _subject(workspace: Workspace, docker: Engine, bugfix: Bugfix) -> Subject:
    policy = workspace.spec(SPEC).parse(DockerPolicy)
    reference = policy.image.base.of(bugfix.device)
    labels = labels_of(bugfix.project.name, workspace.stage, workspace.files.root)
    workspace.announce("image.base", reference=reference)

    def tell(line: str) -> None:
        workspace.announce("image.line", line=line)

    base = base_image(docker, reference, labels, tell)
    _refuse_other_python(workspace, bugfix, base)
    return Subject(
        project=bugfix.project,
        device=bugfix.device,
        tree=workspace.code(),
        venv=existing_project_venv(workspace.files.root, bugfix.device),
        base=base,
        policy=policy,
    )


def _refuse_other_python(workspace: Workspace, bugfix: Bugfix, base: BaseImage) -> None:
    """Requirements for all platforms hold for later versions of Python too; others for the very one alone."""
    spec, lang = workspace.read(VenvSpec), bugfix.language
    anywhere = all(one.platform == "any" for one in spec.requirements if one.kind == bugfix.device)
    found, wanted = (int(version.partition(".")[2]) for version in (base.python, spec.python))
    if found < wanted or (found > wanted and not anywhere):
        raise InvalidDocument(
            say(lang, "image.other_python", base=base.name, found=base.python, wanted=spec.python),
            hint=say(lang, "image.other_python_hint", wanted=spec.python),
        )


def _laid(workspace: Workspace, subject: Subject) -> Standing:
    """The files as they stand in the project now."""
    made = made_files(subject, trained_by_debug(workspace) or _EXAMPLE)
    last = workspace.previous(Image)
    files = compared(made, subject.tree, as_last_made(last.files if last else []))
    for path in files.kept:
        workspace.announce("image.kept", file=path)
    changed = {path: text for path, text in files.written.items() if subject.tree.files.get(path) != text.encode()}
    workspace.put(changed, "image: files that it is built from", over=subject.tree)
    return files


def _weights(workspace: Workspace, subject: Subject, weights: Weights, loads: CommandReceipt) -> ImageWeights:
    path = place_of(workspace, weights)
    return ImageWeights(
        path=path,
        sha256=weights.sha256,
        bytes=weights.bytes,
        how=subject.policy.image.weights,
        trained_by="debug" if path == trained_by_debug(workspace) else "user",
        verified=weights.verified,
        loads=loads,
    )


def _built(
    workspace: Workspace, docker: Engine, subject: Subject, files: Standing, weights: Weights, report: Image
) -> Image:
    built = build(workspace, docker, subject, files, weights)
    checked = check_inside(workspace, docker, subject, built.image.tag, weights)
    bill = sbom(built.image, checked.seen.packages, subject.pins(subject.device).pins)
    logs = {f"reports/{ContainerCheck.FILE}": checked.log, f"reports/{SBOM}": bill}
    workspace.put(logs, "image: what was seen inside")
    made = {"image": built.image, "build": built.receipt, "sbom": sha256(bill)}
    return _seen(report.model_copy(update=made), checked)


def _seen(report: Image, checked: Checked) -> Image:
    return report.model_copy(update={"check": checked.receipt, "seen": checked.seen})


def _unverified(subject: Subject) -> list[str]:
    """The variant that was not built here."""
    others = [device for device in DEVICES if device != subject.device]
    return [say(subject.lang, "image.not_built", file=DOCKERFILES[device]) for device in others]
