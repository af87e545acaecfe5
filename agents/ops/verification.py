"""The environment in which a project's proofs run: all that it declares for development, and the checking tools."""

from __future__ import annotations

from agents.ops.policy import Policy
from agents.ops.wanted import declared, for_development
from framework.runtime.codetree import CodeTree
from framework.runtime.indexes import Given
from framework.runtime.interpreters import running_version
from framework.runtime.resolver import Lock, resolve
from framework.runtime.venvs import Venv, verification_venv
from framework.runtime.workspace import Workspace

SPEC = "VENV_CONFIG.md"


def verification(workspace: Workspace, tree: CodeTree) -> Venv:
    """The environment for the project as it stands; from the cache, if the same packages have been wanted before."""
    policy = workspace.spec(SPEC).parse(Policy)
    return verification_venv(verification_lock(policy, tree), workspace.announce)


def verification_lock(policy: Policy, tree: CodeTree) -> Lock:
    """One resolution for everything: the requirements files are parts of it."""
    wanted = [*for_development(declared(tree)), *policy.requirements.verification_tools]
    return resolve(
        wanted,
        python=policy.python.in_order(running_version()),
        torch_device="cpu",
        given=given(policy),
        torch_index=policy.torch.cpu_index,
    )


def given(policy: Policy) -> Given:
    """The indexes that the document names."""
    return Given(index=policy.indexes.default, extra=tuple(filter(None, policy.indexes.extra)))
