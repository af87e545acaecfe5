"""Doors to the world: who prints, who starts processes, who opens files."""

from __future__ import annotations

import ast

from tests.architecture.house import Module, belongs_to, modules

CONSOLE = "framework.cli.console"
PROCESSES = "framework.runtime.processes"
PRINTING = {"print", "input", "typer.echo", "typer.secho", "click.echo", "rich.print"}
STARTING = {"os.system", "os.popen", "os.fork", "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell"}
FILE_LIBRARIES = {"io", "os", "pathlib", "shutil", "subprocess", "tempfile"}
FILE_METHODS = {"open", "write_text", "write_bytes", "read_bytes", "mkdir", "unlink", "rmdir", "touch"}


def _called(module: Module) -> list[tuple[str, str]]:
    """What the module calls, with the place of the call."""
    return [(ast.unparse(call.func), f"{module.where}:{call.lineno}") for call in module.calls()]


def test_only_the_console_prints() -> None:
    loud = [
        f"{place}: {what}"
        for name, module in modules().items()
        if name != CONSOLE
        for what, place in _called(module)
        if what in PRINTING or what.endswith(("stdout.write", "stderr.write"))
    ]
    assert loud == []


def test_only_one_module_starts_processes() -> None:
    starting = [
        f"{place}: {what}"
        for name, module in modules().items()
        if name != PROCESSES
        for what, place in _called(module)
        if what in STARTING or what.startswith(("os.exec", "os.spawn", "os.posix_spawn", "pty."))
    ]
    assert starting == []


def test_agents_touch_files_only_through_their_workspace() -> None:
    agents = [module for name, module in modules().items() if belongs_to(name, "agents")]
    reaching = [f"{m.where} imports {used}" for m in agents for used in m.imports() if used in FILE_LIBRARIES]
    opening = [
        f"{place}: {what}"
        for module in agents
        for what, place in _called(module)
        if what == "open" or ("." in what and what.rpartition(".")[2] in FILE_METHODS and "workspace" not in what)
    ]
    assert reaching + opening == []
