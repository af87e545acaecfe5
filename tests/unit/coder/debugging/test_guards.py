"""Repairs that cheat are refused, whatever they look like; repairs that mend are let through."""

from __future__ import annotations

import pytest

from agents.coder.debugging.guards.violations import requirement_changes, violations
from framework.messages import LANGUAGES, Lang
from tests.unit.coder.debugging.guarded import CHEATS, FILES, HONEST, Edit, edited, tree_of


def _judged(edit: Edit, lang: Lang = "en") -> list[str]:
    return violations(tree_of(FILES), tree_of(edited(edit)), lang)


@pytest.mark.parametrize("edit", CHEATS, ids=lambda edit: edit.name)
def test_a_repair_that_cheats_is_refused(edit: Edit) -> None:
    reasons = _judged(edit)
    assert reasons
    assert any(edit.file in reason for reason in reasons)


@pytest.mark.parametrize("edit", HONEST, ids=lambda edit: edit.name)
def test_a_repair_that_mends_is_let_through(edit: Edit) -> None:
    assert _judged(edit) == []


@pytest.mark.parametrize("edit", CHEATS, ids=lambda edit: edit.name)
def test_to_put_back_what_was_proven_is_never_a_violation(edit: Edit) -> None:
    """The project with the cheat's text was proven once; the failing one is today's."""
    proven = edited(edit)
    if edit.file in proven:
        assert violations(tree_of(FILES), tree_of(proven), "en", proven=proven, requirement="") == []


@pytest.mark.parametrize("edit", HONEST, ids=lambda edit: edit.name)
def test_the_way_back_of_an_honest_repair_may_be_a_cheat_but_never_a_crash(edit: Edit) -> None:
    assert isinstance(violations(tree_of(edited(edit)), tree_of(FILES), "en"), list)


def test_nothing_changed_is_honest() -> None:
    assert violations(tree_of(FILES), tree_of(FILES), "en") == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reason_can_be_said_in_every_language(lang: Lang) -> None:
    assert all(_judged(edit, lang) for edit in CHEATS)


def test_a_requirement_may_change_where_the_repair_says_so() -> None:
    edit = Edit("", "configs/run.yaml", "context_length: 128", "context_length: 64")
    before, after = tree_of(FILES), tree_of(edited(edit))
    assert violations(before, after, "en")
    assert requirement_changes(before, after, "en") == violations(before, after, "en")
    assert violations(before, after, "en", requirement="context_length") == []


def test_a_trainer_of_ones_own_does_not_take_the_place_of_the_projects() -> None:
    fake = "class Trainer:\n    def __init__(self, *parts):\n        pass\n\n    def fit(self):\n        pass\n"
    edits = (
        Edit("", "src/toy/calm.py", "", fake),
        Edit("", "scripts/train.py", "from toy.train import Trainer", "from toy.calm import Trainer"),
    )
    assert violations(tree_of(FILES), tree_of(edited(*edits)), "en")


def test_a_cheat_beside_a_restore_is_still_a_cheat() -> None:
    proven = edited(Edit("", "src/toy/model.py", "torch.tril(", "torch.triu("))
    cheat = Edit("", "src/toy/train.py", "        self.optimizer.step()\n", "")
    after = edited(Edit("", "src/toy/model.py", "torch.tril(", "torch.triu("), cheat)
    assert violations(tree_of(FILES), tree_of(after), "en", proven=proven)


def test_a_cheat_within_a_restored_file_is_still_a_cheat() -> None:
    proven = edited(Edit("", "src/toy/train.py", "ignore_index=-100", "ignore_index=-1"))
    cheat = Edit("", "src/toy/train.py", "        self.optimizer.step()\n", "")
    after = proven | {"src/toy/train.py": edited(cheat, files=proven)["src/toy/train.py"]}
    assert violations(tree_of(FILES), tree_of(after), "en", proven=proven)


@pytest.mark.parametrize(
    ("wrong", "right"), [("dataset_name: storeis", "dataset_name: stories"), ("n_layer: four", "n_layer: 4")]
)
def test_a_requirement_that_was_mistyped_may_be_put_right(wrong: str, right: str) -> None:
    before = edited(Edit("", "configs/run.yaml", right, wrong))
    assert violations(tree_of(before), tree_of(FILES), "en") == []


ENDS = """import os
import sys


def main() -> int:
    if not sys.argv:
        return 1
    return 0


def stop() -> None:
    sys.exit(1)


def leave() -> None:
    os._exit(2)


if __name__ == "__main__":
    raise SystemExit(main())
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sys.exit(1)", "sys.exit(0)"),
        ("sys.exit(1)", "sys.exit()"),
        ("sys.exit(1)", "pass"),
        ("sys.exit(1)", "sys.exit(2)"),
        ("os._exit(2)", "os._exit(0)"),
        ("raise SystemExit(main())", "raise SystemExit(0)"),
        ("raise SystemExit(main())", "raise SystemExit"),
        ("raise SystemExit(main())", "raise SystemExit(bool(main) - 1)"),
        ("raise SystemExit(main())", "raise SystemExit(int(0))"),
        ("raise SystemExit(main())", "main()"),
        ("return 1", "return 0"),
    ],
)
def test_the_exit_code_stays_what_it_was(old: str, new: str) -> None:
    files = FILES | {"scripts/ends.py": ENDS}
    assert violations(tree_of(files), tree_of(files | {"scripts/ends.py": ENDS.replace(old, new)}), "en")


def test_the_name_of_what_ends_it_may_be_mended() -> None:
    slip = ENDS.replace("SystemExit(main())", "SystemExit(mian())")
    before, after = FILES | {"scripts/ends.py": slip}, FILES | {"scripts/ends.py": ENDS}
    assert violations(tree_of(before), tree_of(after), "en") == []
