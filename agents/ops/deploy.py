"""Stage deploy: the image runs as a service on this machine; it is asked and measured, or stopped and explained."""

from __future__ import annotations

from dataclasses import dataclass, field

from agents.coder.guiding.standing import package_of
from agents.ops.deploying.asking import Asker, Seen
from agents.ops.deploying.failing import ISSUES, Incident, closed
from agents.ops.deploying.figures import asked_percentile
from agents.ops.deploying.files import made_files
from agents.ops.deploying.playbook import Settings
from agents.ops.deploying.readme import with_failure, with_figures
from agents.ops.deploying.starting import Start, Starter
from agents.ops.deploying.subject import STAGE, Subject
from agents.ops.deploying.telling import Told, deployment_of
from agents.ops.docker_policy import DockerPolicy
from framework.artifacts.deployment import Attempt, Deployment
from framework.artifacts.env_check import EnvCheck
from framework.artifacts.image import Image
from framework.artifacts.laid_file import LaidFile
from framework.artifacts.requirements import Requirements
from framework.engines import base
from framework.errors import InvalidDocument, MissingOutside
from framework.messages import say
from framework.rendering.standing import compared
from framework.runtime.authorship import written_with
from framework.runtime.docker import Engine as Docker
from framework.runtime.docker import engine as docker_engine
from framework.runtime.docker import labels_of
from framework.runtime.loopback import free_port
from framework.runtime.machine_facts import machine
from framework.runtime.numbered import next_number, numbered_texts
from framework.runtime.project_venvs import existing_project_venv
from framework.runtime.venvs import Venv
from framework.runtime.workspace import Workspace

SPEC = "DOCKER_CONFIG.md"
_COMMIT = "deploy: the service's files"
_NOTHING = Seen([], None, [], [])


def run(workspace: Workspace, engine: base.Engine) -> None:
    """Write deploy/docker/docker-compose.yml, start the service, and write deploy_report.md."""
    image, check = workspace.read(Image), workspace.read(EnvCheck)
    if image.image is None or image.weights is None or not check.device:
        raise InvalidDocument(
            say(image.language, "deploy.no_image"), hint="Run `foundry resume PROJECT --from image` and answer it."
        )
    root = workspace.files.root
    subject = Subject(
        project=image.project,
        labels=labels_of(image.project.name, STAGE, root),
        device=image.device,
        image=image.image.tag,
        image_id=image.image.id,
        weights=image.weights.path,
        mounted=image.weights.how == "mounted",
        mini=image.weights.trained_by == "debug",
        package=package_of(workspace.code()),
        policy=workspace.spec(SPEC).parse(DockerPolicy),
    )
    deploy(workspace, subject, existing_project_venv(root, check.device))


def deploy(workspace: Workspace, subject: Subject, venv: Venv) -> None:
    """The same with everything that earlier stages have found out."""
    _Deploying(workspace, subject, venv, _local(workspace, subject)).deploy()


def _local(workspace: Workspace, subject: Subject) -> Docker:
    """The engine, which must be this machine's: a service is measured over 127.0.0.1 or not at all."""
    engine = docker_engine()
    lang = subject.lang
    if engine.endpoint.remote:
        raise MissingOutside(
            say(lang, "deploy.remote", endpoint=engine.endpoint.shown), hint=say(lang, "deploy.remote_hint")
        )
    key = subject.policy.run.key_file
    if key and not (workspace.files.root / key).is_file():  # docker would make a folder of that name
        raise MissingOutside(say(lang, "deploy.no_key", file=key), hint=say(lang, "deploy.no_key_hint"))
    found = engine.image(subject.image)
    if found.id != subject.image_id:
        raise MissingOutside(
            say(lang, "deploy.other_image", image=subject.image, found=found.id, wanted=subject.image_id),
            hint=say(lang, "deploy.other_image_hint"),
        )
    return engine


@dataclass
class _Deploying:
    """One run of the stage."""

    workspace: Workspace
    subject: Subject
    venv: Venv
    engine: Docker
    files: list[LaidFile] = field(default_factory=list)

    def deploy(self) -> None:
        """Start, ask, tell."""
        policy = self.subject.policy
        starter = Starter(self.workspace, self.subject, self.engine)
        starter.clear()
        last = self.workspace.previous(Deployment)
        port = free_port(policy.deploy.port, policy.run.address, last.service.port if last else 0)
        start = starter.start(Settings(port, self.subject.bounds, policy.deploy.ready_seconds), self._render)
        seen = self._asked(starter, start)
        told = Told(self.subject, start, seen, self.files, self._wanted, self.engine.facts())
        deployment = deployment_of(told, machine(self.workspace.files.root))
        if deployment.outcome == "failed":
            deployment = self._failed(deployment, start)
        else:
            self._succeeded(deployment)
        self.workspace.write(deployment)

    def _render(self, settings: Settings) -> None:
        """The compose file says what is really run, so that it can be run again by hand."""
        tree = self.workspace.code()
        files = compared(made_files(self.subject, settings.bounds, settings.port), tree, self._is_ours)
        for path in files.kept:
            self.workspace.announce("deploy.kept", file=path)
        new = {path: text for path, text in files.written.items() if tree.texts.get(path) != text}
        self.workspace.put(new, _COMMIT, over=tree)
        self.files = files.told

    def _is_ours(self, path: str, _: str) -> bool:
        """Known by the history: the report of a run that was killed does not exist."""
        return written_with(self.workspace.files, path, _COMMIT)

    def _asked(self, starter: Starter, start: Start) -> Seen:
        """What it answers; one that cannot be used is stopped like one that does not start."""
        if start.container is None:
            return _NOTHING
        _, port = start.published(self.subject.policy.run.address)
        share = asked_percentile(self._wanted)
        seen = Asker(self.workspace, self.subject, self.venv, self.engine, start.container, port, share).ask()
        if not seen.works:
            failed = "; ".join(f"{one.name}: {one.seen}" for one in seen.smoke if one.state == "failed")
            start.attempts.append(Attempt(trouble="unusable", sign=failed, repair="none"))
            start.log = starter.log()
            starter.stop(start)
        return seen

    def _succeeded(self, deployment: Deployment) -> None:
        """Tell it in the README, and where it was told that it did not work."""
        issues = numbered_texts(self.workspace.files, ISSUES, rf"(\d+)-{STAGE}-.*\.md")
        told = with_figures(self._readmes, deployment) | closed(issues, deployment.at)
        self.workspace.put(told, "deploy: what was measured")

    def _failed(self, deployment: Deployment, start: Start) -> Deployment:
        """Tell what happened, to whoever mends it, and where that is told."""
        files = self.workspace.files
        incident = Incident(
            deployment=deployment,
            log=start.log,
            number=next_number(files, "reports", r"docker_error_report_(\d+)\.md"),
            issue_number=next_number(files, ISSUES, r"(\d+)-.*\.md"),
        )
        told = incident.texts | with_failure(self._readmes, deployment, incident.report)
        self.workspace.put(told, "deploy: what went wrong")
        return deployment.model_copy(
            update={"error_report": incident.report, "issue": incident.issue, "log": incident.log_file}
        )

    @property
    def _readmes(self) -> dict[str, str]:
        return {name: text for name, text in self.workspace.code().texts.items() if _is_readme(name)}

    @property
    def _wanted(self) -> Requirements:
        return self.workspace.read(Requirements)


def _is_readme(name: str) -> bool:
    return name.startswith("README") and name.endswith(".md") and "/" not in name
