"""The checks, by the name that the report calls them: a new one is a module, a line here, a name in the artifact."""

from __future__ import annotations

from agents.reviewer.checks import (
    build_log,
    claims,
    config_keys,
    dependencies,
    house_files,
    imports,
    layers,
    links,
    placeholders,
    readme,
    secrets,
    sizes,
    smells,
    tests_present,
)
from agents.reviewer.distributions import declared
from agents.reviewer.subject import Check, Subject


def _python(subject: Subject) -> dict[str, object]:
    return dict(subject.tree.python)


CHECKS: dict[str, Check] = {
    # Checks of code.
    placeholders.NAME: Check(placeholders.look, _python),
    imports.NAME: Check(imports.look, _python),
    dependencies.NAME: Check(dependencies.look, declared),
    layers.NAME: Check(layers.look, lambda subject: subject.trees),
    config_keys.NAME: Check(config_keys.look, config_keys.files),
    sizes.NAME: Check(sizes.look, _python),
    tests_present.NAME: Check(tests_present.look, tests_present.modules_of_tests),
    smells.NAME: Check(smells.look, _python),
    # Checks of documents, of other files and of the build log.
    readme.NAME: Check(readme.check, readme.things),
    links.NAME: Check(links.check, links.things),
    claims.NAME: Check(claims.check, claims.things),
    secrets.NAME: Check(secrets.check, secrets.things),
    house_files.NAME: Check(house_files.check, house_files.things),
    build_log.NAME: Check(build_log.check, build_log.things),
}
