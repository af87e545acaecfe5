"""What several kinds of tests share: the environment in which proofs run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from framework import resources
from framework.knowledge.specs import find_spec
from framework.runtime.codetree import CodeTree
from framework.runtime.venvs import Venv, verification_venv


@pytest.fixture(scope="session")
def verification() -> Venv:
    """The verification environment of the scratch family: from the cache, or made now."""
    from agents.ops.policy import Policy
    from agents.ops.verification import SPEC, verification_lock

    tell: Callable[[str], None] = lambda _: None  # noqa: E731
    return verification_venv(verification_lock(find_spec(SPEC, None).parse(Policy), family_tree("scratch")), tell)


def family_tree(family: str) -> CodeTree:
    """A family's project as it lies."""
    root = resources.path(f"templates/{family}/project")
    names = resources.read_text(f"templates/{family}/files.txt").splitlines()
    return CodeTree(root, {name: (root / name).read_bytes() for name in names})
