"""The doors by which new code could reach out of itself: none of what a model writes opens one."""

from __future__ import annotations

import ast
import re
import sys
import unicodedata
import warnings
from collections import Counter
from collections.abc import Collection

from agents.reviewer.syntax import children, every, imports
from framework.runtime.codetree import CodeTree

_DEEPEST = 100  # levels of a syntax tree
_PLAIN = frozenset(
    "__future__ abc bisect collections copy dataclasses enum fractions functools itertools json math numbers operator "
    "random re statistics string time typing".split()
)
# Words by which code reaches out of itself, or for what judges it: a model brings in none of them.
_DOORS = frozenset(
    "open fdopen write_text write_bytes unlink rmdir rename symlink_to hardlink_to chmod chown rmtree copyfile move "
    "copytree system popen Popen check_call check_output getoutput urlopen urlretrieve socket subprocess exec execv "
    "spawn fork getattr setattr delattr import_module importlib globals locals vars environ getenv putenv breakpoint "
    "builtins ctypes ctypeslib pickle marshal dill cloudpickle weights_only trust_remote_code hub runpy pty signal "
    "atexit requests httpx urllib aiohttp ftplib smtplib telnetlib paramiko webbrowser http https kill _exit shutil "
    "tempfile os save savez savetxt tofile to_csv to_json to_parquet to_pickle dump load memmap cpp_extension "
    "load_inline load_library _getframe f_back f_globals tb_frame gi_frame mro "
    "tests conftest pytest foundry reports ledger".split()
)
_METHODS = frozenset(
    f"__{name}__"
    for name in "init post_init name main future all len getitem setitem iter next contains call repr str "
    "eq hash enter add sub mul truediv".split()
)
_SPECIAL = re.compile(r"__\w+__")


def opened(old: str, new: str, parsed: ast.Module, before: ast.Module | None, free: Collection[str] = ()) -> list[str]:
    """The doors that a text has more often than it had; `free` are those that stand open here."""
    found = {word for word in more(old, new) if word in _DOORS or (_SPECIAL.fullmatch(word) and word not in _METHODS)}
    return sorted(found - set(free)) + ["eval"] * (_evals(parsed) > (_evals(before) if before else 0))


def importable(tree: CodeTree) -> frozenset[str]:
    """What new code may import: what the project uses anyway, and a few modules that only compute."""
    source = [module for other, module in tree.python.items() if other.startswith("src/")]
    known = {one.top for module in source for one in imports(module, "")}
    own = {other.split("/")[1] for other in tree.files if other.startswith("src/")}
    return frozenset(_PLAIN | own | (known - sys.stdlib_module_names - _DOORS))


def parsed(text: str) -> ast.Module | None:
    """The tree, if whoever walks through it will come to an end: Python itself breaks down where nesting is absurd.

    What Python would warn of, a typing error such as `1if`, is none either.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            level: list[ast.AST] = [ast.parse(text)]
    except (SyntaxError, Warning, ValueError, RecursionError, MemoryError):
        return None
    root = level[0]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in children(node)]
    return root if isinstance(root, ast.Module) and not level else None


def more(old: str, new: str) -> set[str]:
    """The words that stand in the new text more often: also in its strings, from which a name can be made.

    Python takes letters of other alphabets of signs for the plain ones, and so does this.
    """
    was, now = (Counter(re.findall(r"\w+", unicodedata.normalize("NFKC", text))) for text in (old, new))
    return set(now - was)


def _evals(tree: ast.Module) -> int:
    """Uses of the builtin; a model's method of that name is another thing."""
    return sum(one.id in ("eval", "compile", "exec") for one in every(tree, ast.Name))
