"""What a document names in passing: paths, routes, keys, flags, variables, names of the code, blocks of Python."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import yaml

from agents.reviewer.reading import keys
from agents.reviewer.reading.commands import PLACEHOLDER, PROGRAMS, Command
from agents.reviewer.reading.documents import Block, Document, Mark
from agents.reviewer.reading.offer import Offer
from agents.reviewer.reading.routes import fits
from framework.artifacts.review import ReviewFinding

_ROUTE = re.compile(r"(?:(GET|POST|PUT|PATCH|DELETE|HEAD) )?(/[A-Za-z][\w/{}.-]*)")
_NOT_ROUTES = re.compile(r"/(?:tmp|dev|path|usr|etc|run|home|mnt|var|opt|proc|root|bin)\b|/$")
_ADDRESS = re.compile(r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?::\d+)?(/[\w/{}.-]*)")
_VARIABLE = re.compile(r"\$?\{?([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\}?(?:=.*)?")
_FOREIGN = re.compile(
    r"(?:CUDA|NCCL|TORCH|PYTORCH|PYTHON|PIP|UV|HF|HUGGINGFACE|OMP|MKL|OPENBLAS|GLOO|DOCKER|GITHUB|KUBE|NVIDIA|LC|WANDB)_"
    r"|(?:HTTPS?|NO|ALL)_PROXY$|SSL_CERT_|REQUESTS_CA_|CURL_CA_|LD_|TOKENIZERS_|MASTER_(?:ADDR|PORT)$|VIRTUAL_ENV$|WORLD_SIZE$"
)
_ASSIGNMENT = re.compile(r"([a-z_]\w*(?:\.[A-Za-z_]\w*)+)(?:=(\S+))?")
_SUFFIX = re.compile(r"\.(?:py|md|ya?ml|json|jsonl|toml|txt|csv|safetensors|onnx|html|png|lock|pt|sh|parquet|log)$")
_NO_PROSE = re.compile(r"`[^`]*`|\]\([^)]*\)|\]:\s*\S+|<[^>]*>|[\w+.-]+://\S+")
_BARE_PATH = re.compile(
    r"(?<![A-Za-z0-9_./~*<>{}$\\:@-])((?:[A-Za-z0-9_-][A-Za-z0-9_.-]*/)+[A-Za-z0-9_.-]+"
    r"\.(?:py|md|ya?ml|toml|sh|ipynb|cfg|ini))(?![A-Za-z0-9_/-])"
)
_MEMBER = re.compile(r"([A-Z]\w*)\.([a-z_]\w*)(?:\(.*\))?")
_CALLED = re.compile(r"([A-Za-z_]\w*)\([^)]*\)")
_CAMEL = re.compile(r"[A-Z][a-z0-9]+(?:[A-Z]+[a-z0-9]+)+|[A-Z]{2,}[a-z0-9]+[A-Z]\w*")
_SNAKE = re.compile(r"(?<![\w./-])_?[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?![\w./-])")
_STYLES = {"snake_case", "camel_case", "key_value"}
_FLAG = re.compile(r"(--[a-z][\w-]+)(?:[ =].*)?")


class MentionCheck:
    """The checks of one document."""

    def __init__(self, offer: Offer, check: str, document: Document, commands: list[Command]) -> None:
        self._offer = offer
        self._check = check
        self._document = document
        self._commands = commands
        self._made = {command.words[-1] for command in commands if command.program == "cp"}

    def look(self) -> Iterator[ReviewFinding]:
        """Everything that the document names and that is not there."""
        for code in self._document.codes:
            yield from self._code(code.text, code.line)
        for command in self._commands:
            for name in command.settings:
                yield from self._variable(name, command.line)
        for number, text in enumerate(self._document.text.splitlines(), 1):
            for path in _ADDRESS.findall(text):
                yield from self._route(path.rstrip("."), "", number)
        for block in self._document.blocks:
            if block.lang in ("python", "py", "python3"):
                yield from self._python(block)
            elif block.lang in ("yaml", "yml"):
                yield from self._yaml(block)
            elif block.lang in ("", "text"):
                yield from self._drawing(block)
        for mark in self._document.prose:
            yield from self._bare(mark)
            if directive := re.match(r"\s*::: ([\w.]+)\s*$", mark.text):
                yield from self._module(directive[1], mark.line)

    def _tell(self, key: str, line: int, **fields: object) -> ReviewFinding:
        return self._offer.subject.finding(self._check, f"doc_{key}", self._document.path, line, **fields)

    def _code(self, text: str, line: int) -> Iterator[ReviewFinding]:
        if text.partition(" ")[0].rpartition("/")[2] in PROGRAMS and " " in text:
            return  # a command, looked at as one
        name = text.partition("::")[0]
        route = _ROUTE.fullmatch(text)
        if self._offer.paths.is_claim(name):
            yield from self._path(name, line)
        elif route:
            yield from self._route(route[2], route[1] or "", line)
        elif variable := _VARIABLE.fullmatch(text):
            yield from self._variable(variable[1], line)
        elif flag := _FLAG.fullmatch(text):
            yield from self._flag(flag[1], line)
        elif all(_ASSIGNMENT.fullmatch(word) for word in text.split()):
            for word in text.split():
                yield from self._dotted(word, line)
        else:
            yield from self._name(text, line)

    def _path(self, name: str, line: int) -> Iterator[ReviewFinding]:
        paths, folder = self._offer.paths, self._document.path.rpartition("/")[0]
        if name in self._made or paths.is_made(name) or paths.exists(name, folder):
            return
        stem = name.strip("/").rpartition("/")[2]
        if "/" not in name and self._is_written(stem):
            return  # the code writes a file of that name
        yield self._tell("no_path", line, name=name)

    def _bare(self, mark: Mark) -> Iterator[ReviewFinding]:
        """Paths between plain words; links and what stands between backticks are looked at as such."""
        for name in _BARE_PATH.findall(_NO_PROSE.sub(" ", mark.text)):
            yield from self._path(name, mark.line)

    def _is_written(self, name: str) -> bool:
        quoted = (f'"{name}"', f"'{name}'", f"/{name}")
        code = (
            text for file, text in self._offer.subject.tree.texts.items() if file.endswith((".py", "Makefile", ".toml"))
        )
        return any(one in text for text in code for one in quoted)

    def _route(self, path: str, method: str, line: int) -> Iterator[ReviewFinding]:
        known = self._offer.routes
        foreign = not method and _NOT_ROUTES.match(path)
        if known and not foreign and not fits(known, path, method):
            yield self._tell("no_route", line, name=f"{method} {path}".strip(), known=", ".join(sorted(known)))

    def _variable(self, name: str, line: int) -> Iterator[ReviewFinding]:
        if name not in self._offer.words and not _FOREIGN.match(name):
            yield self._tell("no_environment", line, name=name)

    def _flag(self, name: str, line: int) -> Iterator[ReviewFinding]:
        known = self._offer.lines.all_flags
        foreign = any(
            name in str(command) for command in self._commands if command.program not in ("python", "python3")
        )
        if name not in known and not foreign and name.lstrip("-").replace("-", "_") not in self._offer.words:
            yield self._tell("no_such_flag", line, name=name)

    def _dotted(self, text: str, line: int) -> Iterator[ReviewFinding]:
        """`section.key`, `section.key=value`, or the name of a module."""
        key, _, value = text.partition("=")
        names, top = self._offer.names, key.partition(".")[0]
        if top == self._offer.subject.package:
            yield from self._module(key, line)
            return
        if top not in names.models.groups or _SUFFIX.search(key):
            return
        found = keys.fault(names, names.models.roots, key, value or None)
        if isinstance(found, keys.WrongKey):
            yield self._tell("no_key", line, command=text, name=key, known=", ".join(found.near))
        elif isinstance(found, keys.WrongValue):
            yield self._tell("no_choice", line, command=text, name=key, value=value, known=found.rule)

    def _module(self, dotted: str, line: int) -> Iterator[ReviewFinding]:
        if dotted in self._offer.subject.modules:
            return
        module, _, name = dotted.rpartition(".")
        exported = self._offer.names.exports(module)
        if exported is None:
            owner, _, base = module.rpartition(".")
            exported = self._offer.names.members(base) if base in (self._offer.names.exports(owner) or set()) else None
        if exported is None or name not in exported:
            yield self._tell("no_name", line, name=name, module=module)

    def _name(self, text: str, line: int) -> Iterator[ReviewFinding]:
        member = _MEMBER.fullmatch(text)
        if member and member[1] in self._offer.names.models.classes:
            if member[2] not in self._offer.names.members(member[1]):
                yield self._tell("no_name", line, name=member[2], module=member[1])
            return
        called = _CALLED.fullmatch(text)
        name = called[1] if called else text
        for word in _SNAKE.findall(text):
            plain = re.sub(r"_(?:total|info|bucket|count|sum)$", "", word)
            if not {word, plain} & self._offer.words and word not in _STYLES:
                yield self._tell("no_word", line, name=word)
                return
        if (called or _CAMEL.fullmatch(text)) and name not in self._offer.words and not PLACEHOLDER.search(name):
            yield self._tell("no_word", line, name=name)

    def _drawing(self, block: Block) -> Iterator[ReviewFinding]:
        """Paths in a drawing or a listing, where they begin with a folder of the project."""
        for number, text in enumerate(block.code.splitlines(), block.line):
            for name in re.findall(r"(?<![\w./-])(?:[\w.-]+/)+[\w.-]+\.(?:py|md|ya?ml|toml|sh)\b", text):
                yield from self._path(name, number)

    def _python(self, block: Block) -> Iterator[ReviewFinding]:
        try:
            tree = ast.parse(block.code)
        except SyntaxError as error:
            if ">>>" not in block.code and "..." not in block.code:
                yield self._tell("no_python", block.line + (error.lineno or 1) - 1, why=error.msg)
            return
        package = self._offer.subject.package
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] == package:
                yield from self._imports(node, block.line)
            elif isinstance(node, ast.Import):
                ours = [alias.name for alias in node.names if alias.name.startswith(f"{package}.")]
                for name in ours:
                    yield from self._module(name, block.line + node.lineno - 1)
            elif isinstance(node, ast.Call):
                yield from self._keywords(node, tree, block.line)

    def _imports(self, node: ast.ImportFrom, start: int) -> Iterator[ReviewFinding]:
        exported = self._offer.names.exports(node.module or "")
        for alias in node.names:
            if alias.name != "*" and (exported is None or alias.name not in exported):
                yield self._tell("no_name", start + node.lineno - 1, name=alias.name, module=node.module)

    def _keywords(self, call: ast.Call, tree: ast.Module, start: int) -> Iterator[ReviewFinding]:
        """Arguments by name of the project's own models and functions, where the block imports them."""
        imported = self._offer.names.imported(tree)
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        taken = self._offer.names.parameters(*imported[name]) if name in imported else None
        for word in call.keywords if taken is not None else []:
            if word.arg and word.arg not in (taken or ()):
                known = ", ".join(sorted(taken or ()))
                yield self._tell("no_key", start + call.lineno - 1, command=name, name=word.arg, known=known)

    def _yaml(self, block: Block) -> Iterator[ReviewFinding]:
        try:
            read = yaml.safe_load(block.code)
        except yaml.YAMLError as error:
            yield self._tell("no_yaml", block.line, why=str(error).splitlines()[0])
            return
        models = self._offer.names.models
        if not isinstance(read, dict):
            return
        for root in models.roots:
            if read.keys() <= models.fields(root).keys():
                return
        tops = {name for root in models.roots for name in models.fields(root)}
        if len(read.keys() & tops) * 2 >= len(read):
            for name in sorted(map(str, read.keys() - tops)):
                yield self._tell("no_key", block.line, command="yaml", name=name, known=", ".join(sorted(tops)))
