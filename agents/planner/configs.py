"""The rendered configurations, held against specs/OmegaConf_README.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from framework.artifacts.base import Strict
from framework.errors import InvalidDocument
from framework.resources import parse_yaml

SPEC = "specs/OmegaConf_README.md"


class ConfigRules(Strict):
    """The yaml block of the document."""

    groups: list[str]
    own_runs: list[str]
    required: dict[str, list[str]]


def check_configs(texts: Mapping[str, str], rules: ConfigRules) -> None:
    """Stop where a configuration says what it may not, or an own run leaves out what it must say."""
    for fault in _faults(texts, rules):
        raise InvalidDocument(
            f"{fault}, says {SPEC}.", hint=f"Change {SPEC} back, or report this as a fault of foundry."
        )


def _faults(texts: Mapping[str, str], rules: ConfigRules) -> Iterator[str]:
    for kind, required in rules.required.items():
        paths = [path for path in sorted(texts) if path.startswith(f"configs/{kind}/")]
        for path in paths:
            said = parse_yaml(texts[path])
            keys = list(said) if isinstance(said, dict) else []
            yield from (f"{path} must not have the key {key}" for key in keys if key not in rules.groups)
            if path.removeprefix(f"configs/{kind}/").removesuffix(".yaml") in rules.own_runs:
                yield from (f"{path} must have the key {key}" for key in required if key not in keys)
        for name in rules.own_runs if paths and _is_own(kind, texts, rules) else []:
            if f"configs/{kind}/{name}.yaml" not in texts:
                yield f"configs/{kind}/{name}.yaml must exist"


def _is_own(kind: str, texts: Mapping[str, str], rules: ConfigRules) -> bool:
    """Whether the project trains in this way itself, and does not only show how."""
    return any(f"configs/{kind}/{name}.yaml" in texts for name in rules.own_runs)
