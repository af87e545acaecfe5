"""The HTTP routes of a project's server, read from the calls that declare them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from agents.reviewer.subject import Subject
from agents.reviewer.syntax import every

_METHODS = {"get", "post", "put", "delete", "patch", "head", "options", "route", "api_route", "websocket"}
_ADDERS = {"add_api_route", "add_route", "mount", "add_websocket_route"}
_OF_FRAMEWORK = {"docs_url": "/docs", "openapi_url": "/openapi.json", "redoc_url": "/redoc"}


def routes(subject: Subject) -> dict[str, set[str]]:
    """The paths and their methods; empty if the project serves nothing."""
    found: dict[str, set[str]] = {}
    for file, tree in subject.trees.items():
        text = subject.tree.texts[file]
        if "APIRouter" not in text and "FastAPI" not in text and "Starlette" not in text and "Flask" not in text:
            continue
        for path, methods in _declared(every(tree, ast.Call)):
            found.setdefault(path, set()).update(methods)
    return found


def _declared(calls: list[ast.Call]) -> Iterator[tuple[str, set[str]]]:
    prefixes = [text for call in calls if _name(call) in ("APIRouter", "Blueprint") and (text := _word(call, "prefix"))]
    for call in calls:
        name, path = _name(call), _first(call)
        if name in ("FastAPI",):
            off = {
                word.arg for word in call.keywords if isinstance(word.value, ast.Constant) and word.value.value is None
            }
            yield from ((url, {"GET"}) for option, url in _OF_FRAMEWORK.items() if option not in off)
        elif name in _METHODS | _ADDERS and path.startswith("/") and isinstance(call.func, ast.Attribute):
            methods = {name.upper()} if name in ("get", "post", "put", "delete", "patch") else set()
            yield from ((f"{prefix}{path}", methods) for prefix in prefixes or [""])


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _first(call: ast.Call) -> str:
    return str(call.args[0].value) if call.args and isinstance(call.args[0], ast.Constant) else ""


def _word(call: ast.Call, name: str) -> str:
    given = [word.value for word in call.keywords if word.arg == name]
    return str(given[0].value) if given and isinstance(given[0], ast.Constant) else ""


def fits(known: dict[str, set[str]], path: str, method: str = "") -> bool:
    """Whether the path is a route, with that method where one is said, or the beginning of routes."""
    asked = re.sub(r"\{[^}]*\}|<[^>]*>", "x", path.split("?")[0].rstrip("/"))
    for route, methods in known.items():
        pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(route.rstrip("/")))
        if re.fullmatch(pattern, asked) and (not method or not methods or method in methods):
            return True
        if not method and route.startswith(f"{asked}/"):
            return True
    return False
