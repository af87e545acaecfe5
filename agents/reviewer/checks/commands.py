"""One command held against what the project offers: program, script, flags, values, overrides, files, targets."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterator
from itertools import pairwise

from agents.reviewer.reading import keys
from agents.reviewer.reading.commands import PLACEHOLDER, Command
from agents.reviewer.reading.flags import CommandLine, Flag
from agents.reviewer.reading.offer import Offer
from agents.reviewer.reading.routes import fits
from framework.artifacts.review import ReviewFinding

_TORCHRUN_ALONE = {"--standalone", "--no_python", "--no-python", "--run_path", "--run-path"}
_PYTHON_WITH_VALUE = {"-W", "-X"}
_TOOLS = {"pip", "venv", "uv", "torch", "ensurepip"}
_MAKES = re.compile(r"(?:^-+|[-_])(?:out|output|report|save|dest|destination|log|folder)(?:$|[-_])|^-o$")
_OVERRIDE = re.compile(r"([a-z_][\w]*(?:\.\w+)*)=(.*)", re.DOTALL)
_LOCAL = re.compile(r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?::(\S*?))?(/[^\s'\"`)]*)")


class CommandCheck:
    """The checks of one document's commands; `made` are the files that its commands before this one made."""

    def __init__(self, offer: Offer, check: str) -> None:
        self._offer = offer
        self._check = check
        self._made: set[str] = set()

    def look(self, command: Command) -> Iterator[ReviewFinding]:
        """What is wrong with the command."""
        program = command.program
        rest = command.words[1:]
        if program.startswith("python") or program == "torchrun":
            yield from self._python(command, rest, program == "torchrun")
        elif program == "make":
            yield from self._make(command, rest)
        elif program == "pytest":
            yield from self._pytest(command, rest)
        elif program in ("pip", "pip3", "uv"):
            yield from self._install(command, rest)
        elif program == "curl":
            yield from self._curl(command)
        elif program:
            yield from self._other(command)

    def _tell(self, command: Command, key: str, **fields: object) -> ReviewFinding:
        return self._offer.subject.finding(
            self._check, f"doc_{key}", command.file, command.line, command=str(command), **fields
        )

    def _python(self, command: Command, words: list[str], torchrun: bool) -> Iterator[ReviewFinding]:
        rest = list(words)
        while rest and rest[0].startswith("-") and rest[0] not in ("-m", "-c", "--module"):
            takes = rest[0] in _PYTHON_WITH_VALUE or (
                torchrun and "=" not in rest[0] and rest[0] not in _TORCHRUN_ALONE
            )
            rest = rest[2:] if takes and len(rest) > 1 and not rest[1].endswith(".py") else rest[1:]
        if not rest or rest[0] in ("-c", "-") or PLACEHOLDER.search(rest[0]):
            return
        if rest[0] in ("-m", "--module"):
            yield from self._module(command, rest[1:])
        elif not self._offer.paths.at_top(rest[0]):
            yield self._tell(command, "no_script", name=rest[0])
        else:
            yield from self._script(command, rest[0].removeprefix("./"), rest[1:])

    def _module(self, command: Command, rest: list[str]) -> Iterator[ReviewFinding]:
        if not rest or PLACEHOLDER.search(rest[0]):
            return
        name, top = rest[0], rest[0].partition(".")[0]
        modules = self._offer.subject.modules
        known = modules.keys() | sys.stdlib_module_names | self._offer.distributions | _TOOLS
        if name == "pytest":
            yield from self._pytest(command, rest[1:])
        elif name in ("pip", "uv"):
            yield from self._install(command, rest[1:])
        elif name in modules:
            main = modules.get(f"{name}.__main__", modules[name])
            yield from self._script(command, main, rest[1:])
        elif top in {one.partition(".")[0] for one in modules} or top not in known:
            yield self._tell(command, "no_module", name=name)

    def _script(self, command: Command, script: str, words: list[str]) -> Iterator[ReviewFinding]:
        line = self._offer.lines.of(script)
        if line is None or not words:
            return
        given = [word.partition("=")[0] for word in words if re.match(r"-[-a-zA-Z]", word)]
        for name in given:
            if not PLACEHOLDER.search(name) and line.flag(name) is None:
                known = ", ".join(sorted(one for one in line.flags if one.startswith("--")))
                yield self._tell(command, "no_flag", name=name, script=script, known=known)
        if "--help" not in given and "-h" not in given and not any("[" in word for word in words):
            flags = {flag for name in given if (flag := line.flag(name))}
            for flag in line.required if not line.subcommands else []:
                if flag not in flags:
                    yield self._tell(command, "flag_missing", name=flag.names[0], script=script)
        yield from self._words(command, script, line, words)

    def _words(self, command: Command, script: str, line: CommandLine, words: list[str]) -> Iterator[ReviewFinding]:
        rest, n_bare = list(words), 0
        while rest:
            word = rest.pop(0)
            name, equals, value = word.partition("=")
            flag = line.flag(name) if name.startswith("-") else None
            if flag and flag.takes_value:
                value = value if equals else (rest.pop(0) if rest else "")
                yield from self._value(command, script, flag, value)
            elif not word.startswith("-"):
                n_bare += 1
                yield from self._bare(command, script, line, word, n_bare)

    def _value(self, command: Command, script: str, flag: Flag, value: str) -> Iterator[ReviewFinding]:
        name = flag.names[0]
        if PLACEHOLDER.search(value.rpartition("/")[2]) and "/" not in value:
            return
        if flag.choices and value not in flag.choices:
            yield self._tell(command, "no_choice", name=name, value=value, known=", ".join(sorted(flag.choices)))
        elif flag.kind in ("int", "float") and keys.number_of(value, whole=flag.kind == "int") is None:
            yield self._tell(command, "no_choice", name=name, value=value, known=flag.kind)
        elif not _MAKES.search(name):
            yield from self._file(command, value, strict=name == "--config")

    def _bare(self, command: Command, script: str, line: CommandLine, word: str, place: int) -> Iterator[ReviewFinding]:
        assignment = _OVERRIDE.fullmatch(word)
        roots = line.models.intersection(self._offer.names.models.roots)
        if line.subcommands and place == 1:
            if word not in line.subcommands and not PLACEHOLDER.search(word):
                known = ", ".join(sorted(line.subcommands))
                yield self._tell(command, "no_choice", name=script, value=word, known=known)
        elif not line.positional:
            if word not in ("key=value", "[...]") and not PLACEHOLDER.search(word):
                yield self._tell(command, "no_argument", name=word, script=script)
        elif assignment and roots and word != "key=value":
            yield from self.override(command, roots, assignment[1], assignment[2])
            yield from self._file(command, assignment[2], strict=False)
        else:
            yield from self._file(command, word, strict=False)

    def override(self, command: Command, roots: set[str], key: str, value: str) -> Iterator[ReviewFinding]:
        """What is wrong with a `key=value`."""
        found = keys.fault(self._offer.names, roots, key, value)
        if isinstance(found, keys.WrongKey):
            yield self._tell(command, "no_key", name=key, known=", ".join(found.near))
        elif isinstance(found, keys.WrongValue):
            yield self._tell(command, "no_choice", name=key, value=value, known=found.rule)

    def _file(self, command: Command, value: str, *, strict: bool) -> Iterator[ReviewFinding]:
        """A path in the project that is not there; `strict`: it can be nothing but a file that must be there."""
        value = value.partition("::")[0]
        paths = self._offer.paths
        own = strict or ("/" in value and value.removeprefix("./").partition("/")[0] in paths.tops)
        skip = not value or value in self._made or "://" in value or value.startswith(("/", "~", "$", "-"))
        if own and not skip and not paths.is_made(value) and not paths.at_top(value):
            yield self._tell(command, "no_file", name=value)

    def _make(self, command: Command, words: Collection[str]) -> Iterator[ReviewFinding]:
        for word in words:
            name, equals, _ = word.partition("=")
            if word.startswith("-") or (PLACEHOLDER.search(name) and not equals):
                continue
            if equals and name not in self._offer.variables:
                yield self._tell(command, "no_variable", name=name)
            elif not equals and name not in self._offer.targets:
                yield self._tell(command, "no_target", name=name, known=", ".join(sorted(self._offer.targets)))

    def _pytest(self, command: Command, words: list[str]) -> Iterator[ReviewFinding]:
        for before, word in zip(["", *words], words, strict=False):
            if before == "-m":
                unknown = set(re.findall(r"\w+", word)) - {"not", "and", "or"} - self._offer.markers
                for name in sorted(unknown):
                    yield self._tell(
                        command, "no_choice", name="-m", value=name, known=", ".join(sorted(self._offer.markers))
                    )
            elif not word.startswith("-") and before not in ("-k", "-n", "-p", "-o", "--dist"):
                yield from self._file(command, word, strict=word.endswith(".py") or "/" in word)

    def _install(self, command: Command, words: list[str]) -> Iterator[ReviewFinding]:
        names = {"", ".", str(self._offer.project.get("name", ""))}
        for before, word in zip(["", *words], words, strict=False):
            found = re.fullmatch(r"([\w.-]*)\[([\w,.\s-]+)\]", word)
            if found and found[1] in names and not PLACEHOLDER.search(found[2]):
                for extra in sorted({one.strip() for one in found[2].split(",")} - self._offer.extras):
                    yield self._tell(command, "no_extra", name=extra, known=", ".join(sorted(self._offer.extras)))
            elif before in ("-r", "--requirement", "-c", "--constraint"):
                yield from self._file(command, word, strict=True)

    def _curl(self, command: Command) -> Iterator[ReviewFinding]:
        words = command.words
        posts = any(word in ("-d", "--data", "--json", "--data-binary") for word in words)
        asked = next((after for word, after in pairwise(words) if word in ("-X", "--request")), "")
        method = asked or ("POST" if posts else "GET")
        for word in words:
            found = _LOCAL.match(word)
            if found and self._offer.routes and not fits(self._offer.routes, found[2], method):
                yield self._tell(command, "no_route", name=f"{method} {found[2]}", known=", ".join(self._offer.routes))

    def _other(self, command: Command) -> Iterator[ReviewFinding]:
        program, words = command.program, command.words
        if program == "cp" and len(words) > 2:
            for source in words[1:-1]:
                yield from self._file(
                    command, source, strict=not source.startswith("-") and not PLACEHOLDER.search(source)
                )
            self._made.add(words[-1])
            return
        name = str(self._offer.project.get("name", ""))
        own = {name, name.replace("-", "_"), self._offer.subject.package}
        if program in own - {""} and program not in self._offer.entry_points:
            yield self._tell(command, "no_program", name=program)
        if program == "docker":
            yield from self._docker(command)
        for word in words[0 if "/" in words[0] else 1 :]:
            yield from self._file(command, word.partition("=")[2] or word, strict=word.endswith((".py", ".sh")))

    def _docker(self, command: Command) -> Iterator[ReviewFinding]:
        words = command.words
        wanted = [after for word, after in pairwise(words) if word in ("-f", "--file")]
        if words[1:2] == ["build"] and not wanted:
            wanted = ["Dockerfile"]
        if words[1:2] == ["compose"] and not wanted:
            files = self._offer.subject.tree.files
            wanted = (
                []
                if any(re.fullmatch(r"(docker-)?compose[\w.-]*\.ya?ml", name) for name in files)
                else ["compose.yaml"]
            )
        for name in wanted:
            yield from self._file(command, name, strict=True)
