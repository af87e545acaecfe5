"""Reading typed values from a config.json, with errors that name the key and the rule."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from framework.errors import UsageError
from framework.knowledge.dialects import Dialect, Trait

Config = dict[str, JsonValue]
# No model has a dimension of a thousand million; a file that says so is damaged.
_MOST = 1_000_000_000


@dataclass(frozen=True)
class Fields:
    """One configuration, read by the family's names and with the family's defaults."""

    values: Config
    dialect: Dialect
    source: str | Path

    def raw(self, key: str) -> JsonValue:
        """The value as it stands; null and absent are the same, unless the family has a default for absent."""
        for name in (self.dialect.names.get(key, key), key):
            if name in self.values:
                return self.values[name]
        return self.dialect.defaults.get(key)

    def optional(self, key: str, at_least: int = 1, at_most: int = _MOST) -> int | None:
        """A whole number, or None where the file has none."""
        value = self.raw(key)
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value < at_least:
            raise self.refuse(key, f"must be a whole number of at least {at_least}, not {value!r}")
        if value > at_most:
            raise self.refuse(key, f"must be at most {at_most:,}, not {value:,}")
        return value

    def whole(self, key: str, at_most: int = _MOST) -> int:
        """A whole number that has to be there."""
        value = self.optional(key, at_most=at_most)
        if value is None:
            raise self.refuse(key, "is missing")
        return value

    def flag(self, trait: Trait) -> bool:
        """A trait: settled by the family, or by the key that it names."""
        if isinstance(trait, bool):
            return trait
        value = self.raw(trait)
        if value is None:
            value = self.dialect.defaults.get(trait)
        if value is not None and not isinstance(value, bool):
            raise self.refuse(trait, f"must be true or false, not {value!r}")
        return bool(value)

    def numbers(self, key: str) -> frozenset[int]:
        """A list of whole numbers; none where the file has none."""
        listed = self.raw(key) or []
        if not isinstance(listed, list) or not all(isinstance(number, int) for number in listed):
            raise self.refuse(key, f"must be a list of whole numbers, not {listed!r}")
        return frozenset(number for number in listed if isinstance(number, int))

    def changed(self, values: Config, **traits: object) -> Fields:
        """The same with other values, by their canonical keys, and other traits of the family."""
        named = {self.dialect.names.get(key, key): value for key, value in values.items()}
        return Fields({**self.values, **named}, self.dialect.model_copy(update=traits), self.source)

    def refuse(self, key: str, rule: str) -> UsageError:
        """The error for one key, by the name that it has in this family's files."""
        name = self.dialect.names.get(key, key)
        return UsageError(
            f"{self.source}: key {name} {rule}.",
            hint="Give the config.json as it was published beside the model's weights.",
        )
