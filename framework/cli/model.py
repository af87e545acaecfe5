"""What a command says to the llm engine: `--set llm.NAME=VALUE` and the budgets, judged before anything is begun."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from framework.artifacts.records import EngineName
from framework.cli.language import tell
from framework.errors import UsageError

PREFIX = "llm."


@dataclass
class ForModel:
    """The settings that were given for the llm engine, and what else `--set` was used for."""

    settings: dict[str, str] = field(default_factory=dict)
    answers: list[str] = field(default_factory=list)

    @classmethod
    def given(cls, set_: Iterable[str], usd: float | None, tokens: int | None, minutes: float | None) -> ForModel:
        """Tell the settings of the engine from the answers to questions."""
        told = cls()
        for setting in set_:
            name, equals, value = setting.partition("=")
            if equals and name.strip().startswith(PREFIX):
                told.settings[name.strip().removeprefix(PREFIX)] = value.strip()
            else:
                told.answers.append(setting)
        budgets = {"budget_usd": usd, "budget_tokens": tokens, "budget_minutes": minutes}
        told.settings |= {name: str(value) for name, value in budgets.items() if value is not None}
        return told

    def checked(
        self, engine: EngineName, root: Path | None = None, before: dict[str, str] | None = None
    ) -> dict[str, str]:
        """All that the project's llm engine is told, now and earlier; refused where that engine could not work so."""
        merged = (before or {}) | self.settings
        if engine == "llm":
            from framework.engines.llm.settings import load_settings

            load_settings(root, os.environ, merged).model_for("planner")
        elif self.settings:
            name = next(iter(self.settings))
            raise UsageError(tell("usage.llm_only", name=PREFIX + name, engine=engine), tell("usage.llm_only_hint"))
        return merged
