"""A config that is refused: keys that nobody knows, values of the wrong kind or size, or that do not go together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.coder.debugging import config_edits
from agents.coder.debugging.config_edits import Value
from agents.coder.debugging.proposing import in_config
from agents.coder.debugging.scene import Proposal, Scene, SettingChange
from agents.coder.debugging.schema import Key, closest, near_name, schema
from agents.coder.debugging.settings import overridden

_VALUE = re.compile(r"(?m)^[\s-]*(?:override )?(?P<key>[A-Za-z_][\w.]*) = (?P<value>.+?): (?P<rule>.+)$")
_UNKNOWN = re.compile(
    r"(?m)^[\s-]*(?:override )?(?P<key>[A-Za-z_][\w.]*): unknown key(?:; did you mean (?P<meant>[\w.]+)\?)?"
)
_PYDANTIC = re.compile(r"(?m)^(?P<key>[A-Za-z_][\w.]*)\n\s+(?P<rule>.+?) \[type=(?P<type>\w+)")
_OMEGA = re.compile(r"(?:Key|key) '(?P<key>\w+)' (?:is )?not in.*?(?:full_key: (?P<full>[\w.]+))?", re.DOTALL)
_FULL_KEY = re.compile(r"full_key: (?P<full>[\w.]+)")
_STRAY = re.compile(
    r"(?:unexpected keyword argument|unknown (?:config )?(?:key|option|field|parameter)|keys are not used[^:]*:)"
    r"[ :]*\[?['\"](?P<key>\w+)['\"]"
)
_RELATION = re.compile(
    r"(?P<one>[a-z_]\w*) ?[(=:]? ?(?P<a>\d+)\)?[^.;\n]*?"
    r"(?P<rule>multiple of|divisible by|divide|exceed|at most|less than|smaller than|greater than|larger than)"
    r"[^.;\n]*?(?P<two>[a-z_]\w*)(?:'s)? ?(?:of |is |[(=:])? ?(?P<b>\d+)",
    re.IGNORECASE,
)
_USE = re.compile(r"(?:use|set|with|try) (?P<key>[a-z_]\w*(?:\.\w+)*)=(?P<value>[\w.+-]+)")
_LEAVE = re.compile(r"leave (?:it|them|these keys|this key) out|leave out (?:it|them|these keys|this key)")
_WRITTEN = re.compile(r"(?P<key>[a-z_]\w*(?:\.\w+)+) = (?P<value>\S+)")
_MORE = re.compile(
    r"(?P<deed>raise|increase|lengthen|longer|larger|more|lower|reduce|decrease|shorten|smaller) (?:a |an )?"
    r"(?P<key>[a-z_]\w*(?:\.\w+)+)"
)
_DOWN = ("lower", "reduce", "decrease", "shorten", "smaller")


Words = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Config:
    """The run's config as it is written, with what it may hold."""

    file: str
    text: str
    keys: dict[str, str]
    known: dict[str, Key]
    proven: dict[str, str]
    synonyms: Words


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the config. `unknown`: the key, else the value."""

    key: str
    rule: str = ""
    meant: str = ""
    unknown: bool = False


def diagnose(scene: Scene, synonyms: Words) -> Iterator[Proposal]:
    """Of whatever was said about keys and values of the run's config."""
    config = read(scene, synonyms)
    if config is None:
        return
    message = scene.failure.message
    problems = list(_problems(config, message))
    yield from _solved(scene, config, [one for one in problems if not overridden(scene, one.key)])
    yield from _advised(scene, config, message)
    yield from _related(scene, config, message)


def read(scene: Scene, synonyms: Words) -> Config | None:
    """The run's config, if it is one of the project's files."""
    text = scene.tree.texts.get(scene.config)
    if text is None or config_edits.tree(text) is None:
        return None
    keys = config_edits.keys(text)
    known = schema(scene.tree, [key for key in keys if "." not in key])
    return Config(scene.config, text, keys, known, config_edits.keys(scene.proven.get(scene.config, "")), synonyms)


def _problems(config: Config, message: str) -> Iterator[Problem]:
    for found in _UNKNOWN.finditer(message):
        yield Problem(found["key"], meant=found["meant"] or "", unknown=True)
    for found in _VALUE.finditer(message):
        if found["key"] in config.known or found["key"] in config.keys:
            yield Problem(found["key"], rule=found["rule"])
    for found in _PYDANTIC.finditer(message):
        yield Problem(
            found["key"],
            rule=found["rule"],
            unknown=found["type"] in ("extra_forbidden", "unexpected_keyword_argument"),
        )
    full = _FULL_KEY.search(message)
    if full and full["full"] in config.keys:
        yield Problem(full["full"], rule=message, unknown=bool(_OMEGA.search(message)))
    for found in _STRAY.finditer(message):
        key = next((key for key in config.keys if key == found["key"] or key.endswith(f".{found['key']}")), None)
        if key and key not in config.known:
            yield Problem(key, unknown=True)


def _solved(scene: Scene, config: Config, problems: list[Problem]) -> Iterator[Proposal]:
    """All of them in one proposal: the program told of all at once."""
    text, changes, sure = config.text, list[SettingChange](), True
    for problem in problems:
        solved = _renamed(config, text, problem) if problem.unknown else _valued(config, text, problem)
        if solved is not None:
            text, change, certain = solved
            changes.append(change)
            sure = sure and certain
    named = ", ".join(problem.key for problem in problems)
    yield from in_config(scene, "config-refused", changes, text, guess=not sure, setting=named)


Solved = tuple[str, SettingChange, bool]


def _renamed(config: Config, text: str, problem: Problem) -> Solved | None:
    """A key that nobody knows: the known one that is meant, unless that is set already; else it is left out."""
    written = config.keys.get(problem.key, "")
    new = problem.meant or closest(problem.key, config.known, config.synonyms)
    was = next((key for key in config.proven if key not in config.keys), None)
    new = was if was and config.proven[was] == written else new
    if new and new not in config.keys and (longer := config_edits.renamed(text, problem.key, new)):
        return longer, SettingChange(file=config.file, key=problem.key, old=problem.key, new=new), True
    shorter = config_edits.without(text, problem.key)
    if shorter is None:
        return None
    return shorter, SettingChange(file=config.file, key=problem.key, old=written, new=""), new is not None


def _valued(config: Config, text: str, problem: Problem) -> Solved | None:
    old = config.keys.get(problem.key)
    found = better(config, problem.key, problem.rule)
    if found is None:
        return None
    value, sure = found
    new = config_edits.with_value(text, problem.key, value)
    if new is None:
        return None
    return new, SettingChange(file=config.file, key=problem.key, old=old or "", new=config_edits.spelled(value)), sure


def better(config: Config, key: str, rule: str) -> tuple[Value, bool] | None:
    """The value that is meant by a wrong one, and whether that is sure: read as its type, as it was, by default."""
    written, known = config.keys.get(key), config.known.get(key)
    now = config_edits.read(written) if written else None
    meant = _as_type(now, known, rule)
    if meant is not None and config_edits.spelled(meant) != written:
        return meant, True
    if key in config.proven and config.proven[key] not in (written, ""):
        return _value(config_edits.read(config.proven[key])), True
    if isinstance(now, int | float) and now < 0 and not isinstance(now, bool):
        return -now, False
    default = known.default if known else None
    return (_value(default), False) if default is not None and default != now else None


def _value(value: object) -> Value:
    if isinstance(value, list | tuple):
        return [str(one) for one in value]
    return value if isinstance(value, bool | int | float | str) else None


def _as_type(now: object, known: Key | None, rule: str) -> Value:
    """The same value in the type that is wanted: '3e-4' is a number, 16.0 a whole one, "yes" a truth."""
    annotation = known.annotation if known else ""
    if known and known.choices:
        return near_name(str(now), known.choices, 0.5)
    wants = f"{annotation} {rule}".lower()
    if isinstance(now, str):
        return _from_text(now, wants)
    if isinstance(now, list):
        return _value(now[0]) if len(now) == 1 else None
    return _from_number(now, annotation, wants)


def _from_number(now: object, annotation: str, wants: str) -> Value:
    if isinstance(now, float) and "int" in wants and now == int(now):
        return int(now)
    if isinstance(now, int | float) and annotation in ("str", "Path", "Path | None"):
        return str(now)
    if isinstance(now, int) and now in (0, 1) and "bool" in wants:
        return bool(now)
    return [str(now)] if now is not None and ("list" in wants or "tuple" in wants) else None


def _from_text(now: str, wants: str) -> Value:
    text = now.strip().replace("_", "").replace(",", "").replace(" ", "")
    if "bool" in wants and text.lower() in ("true", "yes", "on", "1", "false", "no", "off", "0"):
        return text.lower() in ("true", "yes", "on", "1")
    if "tuple" in wants or "list" in wants:
        return [one.strip() for one in now.split(",")]
    try:
        number = float(text)
    except ValueError:
        return None
    if not any(word in wants for word in ("int", "float", "number")):
        return None
    return int(number) if number == int(number) and "float" not in wants.split()[0] else number


def _advised(scene: Scene, config: Config, message: str) -> Iterator[Proposal]:
    """What the program itself advises: use this value, leave that key out, raise one and lower another."""
    for use in _USE.finditer(message):
        key = _full(config, use["key"])
        if key:
            yield from _set(scene, config, key, _value(config_edits.read(use["value"])))
    if _LEAVE.search(message):
        text, changes = config.text, list[SettingChange]()
        for found in _WRITTEN.finditer(message):
            shorter = config_edits.without(text, found["key"])
            if shorter is not None:
                old = config.keys[found["key"]]
                text, changes = shorter, [*changes, SettingChange(file=config.file, key=found["key"], old=old, new="")]
        yield from in_config(scene, "config-advised", changes, text)
    for found in _MORE.finditer(message):
        yield from _scaled(scene, config, found["key"], down=found["deed"] in _DOWN)


def _full(config: Config, name: str) -> str | None:
    known = [*config.known, *config.keys]
    return next((key for key in known if key == name), None) or next((k for k in known if k.endswith(f".{name}")), None)


def _set(scene: Scene, config: Config, key: str, value: Value, *, guess: bool = False) -> Iterator[Proposal]:
    old = config.keys.get(key, "")
    if overridden(scene, key):
        return
    new = config_edits.with_value(config.text, key, value)
    change = SettingChange(file=config.file, key=key, old=old, new=config_edits.spelled(value))
    yield from in_config(scene, "config-advised", [change], new, guess=guess)


def _scaled(scene: Scene, config: Config, key: str, *, down: bool) -> Iterator[Proposal]:
    """As it was proven, else ten times as much of it or a tenth: what is refused is seldom nearly right."""
    if key in config.proven and config.proven[key] != config.keys.get(key):
        yield from _set(scene, config, key, _value(config_edits.read(config.proven[key])))
        return
    known = config.known.get(key)
    now = config_edits.read(config.keys[key]) if config.keys.get(key) else known.default if known else None
    if not isinstance(now, int | float) or isinstance(now, bool):
        return
    default = known.default if known else None
    if isinstance(default, int | float) and default and (default < now if down else default > now):
        yield from _set(scene, config, key, _value(default))
    factor = 0.1 if down else 10
    scaled = now * factor
    yield from _set(
        scene, config, key, max(1, round(scaled)) if isinstance(now, int) else float(f"{scaled:.3g}"), guess=True
    )


def _related(scene: Scene, config: Config, message: str) -> Iterator[Proposal]:
    """Two values that do not go together: what differs from what was proven, else what is less round."""
    found = _RELATION.search(message)
    if found is None:
        return
    one, two = _full(config, found["one"]), _full(config, found["two"])
    a, b = int(found["a"]), int(found["b"])
    if one is None or two is None:
        return
    for key, value in _fitting(found["rule"].lower(), one, a, two, b, config):
        old = config.keys.get(key, "")
        new = config_edits.with_value(config.text, key, value)
        change = SettingChange(file=config.file, key=key, old=old, new=str(value))
        yield from in_config(scene, "config-related", [change], new, one=found["one"], two=found["two"])


def _fitting(rule: str, one: str, a: int, two: str, b: int, config: Config) -> Iterator[tuple[str, int]]:
    for key in (one, two):
        was = config_edits.read(config.proven.get(key, ""))
        if isinstance(was, int) and config.proven.get(key) != config.keys.get(key):
            yield key, was
    if rule in ("multiple of", "divisible by", "divide"):
        divisors = [n for n in range(1, a + 1) if n == 1 or (a % n == 0 and (a // n) % 2 == 0)]
        multiple = max(2 * b, round(a / (2 * b)) * 2 * b)
        nearest = min(divisors, key=lambda n: abs(n - b))
        options = [(two, nearest), (one, multiple)]
        yield from options if _roundness(a) >= _roundness(b) * 4 else reversed(options)
    elif rule in ("exceed", "at most"):
        yield from ((one, b), (two, a))
    else:
        yield from ((two, a), (one, b))


def _roundness(number: int) -> int:
    """The largest power of two that divides it: sizes of models are round."""
    return number & -number
