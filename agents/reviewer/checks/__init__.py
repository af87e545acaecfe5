"""The checks, by the name that the report calls them. To add one: a module with `look(subject)`, and a line here."""

from __future__ import annotations

from agents.reviewer.checks import (
    config_keys,
    dependencies,
    imports,
    layers,
    placeholders,
    sizes,
    smells,
    tests_present,
)
from agents.reviewer.subject import Check, Subject


def _python(subject: Subject) -> dict[str, object]:
    return dict(subject.tree.python)


CHECKS: dict[str, Check] = {
    # Checks of code.
    placeholders.NAME: Check(placeholders.look, _python),
    imports.NAME: Check(imports.look, _python),
    dependencies.NAME: Check(dependencies.look, dependencies.declared),
    layers.NAME: Check(layers.look, lambda subject: subject.trees),
    config_keys.NAME: Check(config_keys.look, config_keys.files),
    sizes.NAME: Check(sizes.look, _python),
    tests_present.NAME: Check(tests_present.look, tests_present.modules_of_tests),
    smells.NAME: Check(smells.look, _python),
    # Checks of documents, of other files and of the build log.
}
