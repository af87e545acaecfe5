"""The project's own environment for a device, of the requirements files as they stand: made, mended or reused."""

from __future__ import annotations

from agents.ops.policy import Policy
from agents.ops.verification import SPEC, given
from framework.artifacts.records import Device
from framework.artifacts.venv_spec import REQUIREMENTS, Kind, VenvSpec
from framework.errors import MissingOutside
from framework.runtime.project_venvs import project_venv
from framework.runtime.resolver import Lock, here
from framework.runtime.venvs import Venv
from framework.runtime.workspace import Workspace


def project_environment(workspace: Workspace, device: Device) -> Venv:
    """The environment, ready to be worked in. Whoever changes a requirements file calls it again."""
    policy = workspace.spec(SPEC).parse(Policy)
    lock = project_lock(workspace, device, policy)
    folder = policy.environments.gpu if device == "gpu" else policy.environments.cpu
    space = policy.disk_gb.gpu if device == "gpu" else policy.disk_gb.cpu
    return project_venv(workspace.files.root, lock, workspace.announce, folder=folder, space_gb=space)


def project_lock(workspace: Workspace, device: Device, policy: Policy) -> Lock:
    """The project's requirements files for the device as one lock."""
    spec = workspace.read(VenvSpec)
    described = next((one for one in spec.requirements if one.kind == device), None)
    if described is None or described.platform not in ("any", here()):
        where = described.platform if described else "nothing"
        raise MissingOutside(
            f"{REQUIREMENTS[device]} was resolved for {where}, and this machine is {here()}.",
            hint="Resolve it for this machine: `foundry resume PROJECT --from venv-spec`.",
        )
    places = given(policy)
    named = policy.torch.gpu_index if device == "gpu" else policy.torch.cpu_index
    return Lock.model_validate(
        {
            "text": "".join(requirements_text(workspace, kind) for kind in (device, "dev")),
            "python": spec.python,
            "device": device,
            "origin": described.origin,
            "given": places.and_also(named) if described.origin == "index" else places,
            "platform": described.platform,
            "installer": spec.resolved_by,
        }
    )


def requirements_text(workspace: Workspace, kind: Kind) -> str:
    """A requirements file of the project."""
    file = REQUIREMENTS[kind]
    text = workspace.code().texts.get(file)
    if text is None:
        raise MissingOutside(f"{file} is gone.", hint="Bring it back with git, or resume --from venv-spec.")
    return text
