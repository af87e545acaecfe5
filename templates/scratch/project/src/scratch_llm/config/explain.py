"""Says what is wrong with a config so that a person can correct it: key, value, rule, and what was probably meant."""

import difflib
from collections.abc import Collection, Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from scratch_llm.utils.errors import ConfigError


def explain(
    error: ValidationError, schema: type[BaseModel], source: str, overridden: Collection[str] = ()
) -> ConfigError:
    """Turn what pydantic found into one ConfigError that lists every problem."""
    problems = []
    for detail in error.errors(include_url=False):
        key = ".".join(str(part) for part in detail["loc"])
        place = "override " if key in overridden else ""
        problems.append(f"{place}{_problem(key, dict(detail), schema)}")
    count = f"{len(problems)} problems" if len(problems) > 1 else "1 problem"
    return ConfigError(f"{source}: {count}\n" + "\n".join(f"  - {problem}" for problem in problems), "correct the keys")


def explain_flags(error: ValidationError) -> ConfigError:
    """Turn what pydantic found into one ConfigError for values that were given as flags of a command."""
    problems = [
        f"--{str(detail['loc'][0]).replace('_', '-')} '{detail['input']}': {_rule(detail['msg'])}"
        for detail in error.errors(include_url=False)
    ]
    return ConfigError("\n".join(problems), "--help tells what each flag takes")


def keys_of(schema: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """All dotted keys of a schema, sections included."""
    for name, field in schema.model_fields.items():
        yield prefix + name
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from keys_of(field.annotation, f"{prefix}{name}.")


def _problem(key: str, detail: dict[str, Any], schema: type[BaseModel]) -> str:
    if detail["type"] == "extra_forbidden":
        return f"{key}: unknown key{_meant(key, schema)}"
    rule = _rule(detail["msg"])
    if detail["type"] == "value_error":
        return f"{key}: {rule}" if key else rule
    if detail["type"] == "model_type":
        rule = "must be a section with keys of its own"
    if detail["type"] == "literal_error":
        rule += _quoted_meant(detail["input"], detail["ctx"]["expected"])
    return f"{key} = {detail['input']!r}: {rule}"


def _rule(message: str) -> str:
    return message.removeprefix("Value error, ").replace("Input should", "must").replace("String should", "must")


def _meant(key: str, schema: type[BaseModel]) -> str:
    """The known key that a wrong one stands for: one of the same section first, then one of any section."""
    known = list(keys_of(schema))
    section, _, name = key.rpartition(".")
    siblings = [other for other in known if other.rpartition(".")[0] == section]
    near = difflib.get_close_matches(key, siblings, n=1, cutoff=0.8)
    elsewhere = [other for other in known if other.rpartition(".")[2] == name]
    by_name = {other.rpartition(".")[2]: other for other in known}
    nearby = [by_name[close] for close in difflib.get_close_matches(name, by_name, n=1, cutoff=0.7)]
    guess = next(iter([*near, *elsewhere, *nearby]), None)
    return f"; did you mean {guess}?" if guess else f"; known here: {', '.join(siblings)}"


def _quoted_meant(value: Any, expected: str) -> str:
    choices = [choice.strip("'") for choice in expected.replace(" or ", ", ").split(", ")]
    near = difflib.get_close_matches(str(value), choices, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""
