"""The command lines that scripts take, read from their `add_argument` calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from agents.reviewer.reading.names import Names
from agents.reviewer.subject import Subject
from agents.reviewer.syntax import every

_ADDS = "add_argument"


@dataclass(frozen=True)
class Flag:
    """One argument of a script."""

    names: tuple[str, ...]
    choices: frozenset[str] | None
    kind: str = ""
    takes_value: bool = True
    required: bool = False


@dataclass
class CommandLine:
    """What one script takes."""

    flags: dict[str, Flag] = field(default_factory=dict)
    positional: bool = False
    required: list[Flag] = field(default_factory=list)
    subcommands: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)

    def flag(self, word: str) -> Flag | None:
        """The flag of that name, or of an unambiguous beginning of it, as argparse allows."""
        if word in self.flags:
            return self.flags[word]
        long = {id(flag): flag for name, flag in self.flags.items() if name.startswith(word) and word.startswith("--")}
        return next(iter(long.values())) if len(long) == 1 else None


class CommandLines:
    """The command lines of a project's scripts."""

    def __init__(self, subject: Subject, names: Names) -> None:
        self._subject = subject
        self._names = names
        self._known: dict[str, CommandLine | None] = {}

    def of(self, script: str) -> CommandLine | None:
        """What the script takes; None if it reads no command line that can be followed."""
        if script not in self._known:
            self._known[script] = self._read(script)
        return self._known[script]

    @cached_property
    def all_flags(self) -> set[str]:
        """Every flag of every file that has a parser."""
        parsed = [name for name, text in self._subject.texts(".py") if _ADDS in text and not name.startswith("tests/")]
        return {flag for name in parsed if (line := self.of(name)) for flag in line.flags}

    def _read(self, script: str) -> CommandLine | None:
        files = self._files(script, set())
        trees = [self._subject.tree.python[file] for file in files]
        calls = [node for tree in trees for node in every(tree, ast.Call)]
        line = CommandLine()
        for file in {script, *files} & self._subject.tree.python.keys():
            line.models |= self._models(file)
        for call in calls:
            name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            if name == _ADDS:
                self._add(line, call, trees)
            elif name == "add_parser" and call.args and isinstance(call.args[0], ast.Constant):
                line.subcommands.add(str(call.args[0].value))
        if line.flags or line.positional:
            help_flag = Flag(("-h", "--help"), None, takes_value=False)
            line.flags |= {"-h": help_flag, "--help": help_flag}
            return line
        return None

    def _files(self, script: str, seen: set[str]) -> list[str]:
        """The script if it has a parser; else, or beside it, the modules it takes one from."""
        tree = self._subject.tree.python.get(script)
        if tree is None or script in seen:
            return []
        seen.add(script)
        own = [script] if _ADDS in self._subject.tree.texts[script] else []
        called = _called(tree)
        for file, name in self._names.imported(tree).values():
            if _ADDS in self._subject.tree.texts.get(file, "") and (not own or _extends(self._subject, file, name)):
                own += self._files(file, seen) if name in called or not own else []
        return own

    def _add(self, line: CommandLine, call: ast.Call, trees: list[ast.Module]) -> None:
        names = tuple(str(arg.value) for arg in call.args if isinstance(arg, ast.Constant))
        given = {word.arg: word.value for word in call.keywords if word.arg}
        if not names:
            line.flags |= {f: Flag((f,), None) for tree in trees for f in self._computed(tree)}
            return
        if not names[0].startswith("-"):
            line.positional = True
            return
        action = _text(given.get("action"))
        kind = _text(given.get("type"))
        takes = not action.startswith(("store_true", "store_false", "store_const", "count", "version", "help"))
        required = "required" in given and _text(given["required"]) == "True"
        flag = Flag(names, self._choices(given.get("choices"), trees), kind, takes, required)
        line.flags |= dict.fromkeys(names, flag)
        if flag.required:
            line.required.append(flag)

    def _computed(self, tree: ast.Module) -> Iterator[str]:
        """Flags made in a loop over the fields of a model: `--max-new-tokens` of `max_new_tokens`."""
        for node in every(tree, ast.Attribute):
            if node.attr in ("model_fields", "__dataclass_fields__"):
                for name in self._names.models.fields(_text(node.value)):
                    yield from (f"--{name}", f"--{name.replace('_', '-')}")

    def _choices(self, node: ast.expr | None, trees: list[ast.Module]) -> frozenset[str] | None:
        if node is None:
            return None
        found = self._names.constants(node, trees)
        return frozenset(found) if found else None

    def _models(self, file: str) -> set[str]:
        """The models that the file names, or that a function it calls promises to give."""
        tree = self._subject.tree.python[file]
        used = {node.id for node in every(tree, ast.Name)}
        given: set[str] = set()
        for source, name in self._names.imported(tree).values():
            given |= self._names.returned(source, name)
        return {name for name in used | given if name in self._names.models.sections}


def _called(tree: ast.Module) -> set[str]:
    return {node.id for node in every(tree, ast.Name)}


def _extends(subject: Subject, file: str, name: str) -> bool:
    """Whether the function adds arguments to a parser that it is given."""
    for node in subject.tree.python[file].body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return any(inner.attr == _ADDS for inner in every(node, ast.Attribute))
    return False


def _text(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return ast.unparse(node) if node is not None else ""
