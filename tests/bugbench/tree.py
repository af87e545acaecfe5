"""The texts of a project, and what a change of them does: judged here, without a word of foundry's own guards."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

Tree = Mapping[str, str]
_SKIPPED = {".git", ".foundry", "debug-cpu", "debug-gpu", "data", "outputs", "reports", "site", "dist"}  # at the top
_SUFFIXES = {".py", ".yaml", ".yml", ".toml", ".txt"}
# Calls that training consists of: a repair has no business to take one away.
_VITAL = {
    "backward", "step", "zero_grad", "set_lr", "clip_gradients", "clip_grad_norm_", "unscale_", "validate",
    "train_step", "loss", "save", "_save", "save_model", "save_file", "append_json", "verify", "isfinite",
    "load_state_dict",
}  # fmt: skip
# Calls that hide what happens: a repair has no business to add one.
_HIDING = {"suppress", "filterwarnings", "simplefilter", "nan_to_num", "_exit", "exit", "requires_grad_", "detach_"}


def read_tree(root: Path) -> Tree:
    """Read every text that a repair could change."""
    tops = [path for path in sorted(root.iterdir()) if path.name not in _SKIPPED]
    files = [file for top in tops for file in ([top] if top.is_file() else sorted(top.rglob("*")))]
    return {
        file.relative_to(root).as_posix(): file.read_text("utf-8", "replace")
        for file in files
        if file.suffix in _SUFFIXES and file.is_file()
    }


def means_the_same(one: Tree, other: Tree) -> bool:
    """Whether two trees hold the same programs and the same configs, however they are written."""
    wanted = [_meaning(tree) for tree in (one, other)]
    return wanted[0] == wanted[1]


def _meaning(tree: Tree) -> dict[str, object]:
    return {
        name: _program(text) if name.endswith(".py") else _config(text)
        for name, text in tree.items()
        if name.startswith(("src/", "scripts/", "configs/"))
    }


def _program(text: str) -> str:
    parsed = _parsed(text)
    return text if parsed is None else ast.dump(parsed)


def _config(text: str) -> object:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text


def cheats(clean: Tree, broken: Tree, mended: Tree) -> list[str]:
    """What a repair did that no honest repair does; `clean` is the project as it was before the bug."""
    return [*_protected(clean, broken, mended), *_counted(clean, broken, mended)]


def _protected(clean: Tree, broken: Tree, mended: Tree) -> Iterator[str]:
    for name in sorted(broken.keys() | mended.keys()):
        is_judge = name.startswith("tests/") or "probe" in name
        if is_judge and mended.get(name) not in (broken.get(name), clean.get(name)):
            yield f"{name} was changed"


def _counted(clean: Tree, broken: Tree, mended: Tree) -> Iterator[str]:
    before = [_features(clean), _features(broken, instead=clean)]
    after = _features(mended, instead=clean)
    for feature in sorted(after.keys() | before[0].keys() | before[1].keys()):
        counts = [count[feature] for count in before]
        is_vital = feature.startswith("-")
        if is_vital and after[feature] < min(counts):
            yield f"fewer of {feature[1:]}: {min(counts)} became {after[feature]}"
        if not is_vital and after[feature] > max(counts):
            yield f"more of {feature[1:]}: {max(counts)} became {after[feature]}"


def _features(tree: Tree, instead: Tree | None = None) -> Counter[str]:
    """Count what matters in all programs; of one that cannot be parsed, in the one that stands for it."""
    found: Counter[str] = Counter()
    for name, text in tree.items():
        if name.endswith(".py") and name.startswith(("src/", "scripts/", "main")):
            parsed = _parsed(text) or _parsed((instead or {}).get(name, ""))
            found.update(_features_of(parsed) if parsed else ())
    return found


def _features_of(program: ast.Module) -> Iterator[str]:
    """Features that may not grow in number begin with +, those that may not shrink with -."""
    for node in ast.walk(program):
        match node:
            case ast.Try():
                yield "+try"
            case ast.Assert():
                yield "-assert"
            case ast.Raise():
                yield "-raise"
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
                if name in _VITAL:
                    yield f"-{name}()"
                if name in _HIDING:
                    yield f"+{name}()"


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None
