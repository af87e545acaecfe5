"""Tensors whose sizes do not fit: layers made with their sizes exchanged, lost or wrong transposes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from agents.coder.debugging.code_edits.rewrite import Replace
from agents.coder.debugging.failure import Frame
from agents.coder.debugging.proposing import by_edit
from agents.coder.debugging.scene import Proposal, Scene
from agents.reviewer.syntax import dotted, every

_SHAPE = re.compile(
    r"shapes? .{0,40}cannot be multiplied|size of tensor a .* must match|invalid for input of size|expected .{0,40}size"
    r"|normalized_shape|not broadcastable|must match the (?:existing )?size|sizes of tensors must match"
    r"|dimension out of range|must have shape|size mismatch|split_with_sizes",
    re.IGNORECASE,
)
_ERRORS = ("RuntimeError", "ValueError", "IndexError")
_LAYERS = ("Linear", "Embedding", "Conv1d")


def diagnose(scene: Scene) -> Iterator[Proposal]:
    """Of a RuntimeError about sizes; all of it is guessed, since sizes carry no names."""
    if scene.failure.kind not in _ERRORS or not _SHAPE.search(scene.failure.message):
        return
    frames = [one for one in reversed(scene.failure.frames) if one.own]
    for frame in frames[:3]:
        yield from _layer(scene, frame)
    for frame in frames[:2]:
        yield from _turned(scene, frame)


def _layer(scene: Scene, frame: Frame) -> Iterator[Proposal]:
    """The layers that the failing line calls, with their two sizes exchanged."""
    tree = scene.tree.python.get(frame.file)
    if tree is None:
        return
    called = [one for one in every(tree, ast.Call) if one.lineno <= frame.line <= (one.end_lineno or 0)]
    names = {dotted(one.func) for one in called}
    for assign in every(tree, ast.Assign):
        value = assign.value
        if not isinstance(value, ast.Call) or not {ast.unparse(one) for one in assign.targets} & names:
            continue
        if dotted(value.func).rpartition(".")[2] in _LAYERS and len(value.args) >= 2:
            layer, (one, two) = dotted(value.func), map(ast.unparse, value.args[:2])
            edit = Replace(
                find=f"{layer}({one}, {two}, *$a, **$k)", put=f"{layer}({two}, {one}, *$a, **$k)", line=assign.lineno
            )
            change = f"`{layer}({one}, {two})` → `{layer}({two}, {one})`"
            yield from by_edit(scene, "sizes-exchanged", frame.file, edit, change, guess=True, name=layer)


def _turned(scene: Scene, frame: Frame) -> Iterator[Proposal]:
    """A transpose that is missing before a product, or of the wrong places."""
    pairs = [
        ("$a @ $b", "$a @ $b.transpose(-2, -1)"),
        ("torch.matmul($a, $b)", "torch.matmul($a, $b.transpose(-2, -1))"),
        ("$x.transpose(0, 1)", "$x.transpose(1, 2)"),
        ("$x.transpose(2, 3)", "$x.transpose(1, 2)"),
        ("torch.cat($x, dim=0)", "torch.cat($x, dim=-1)"),
        ("torch.cat($x, dim=1)", "torch.cat($x, dim=-1)"),
        ("$x.view($a, $b, $c, $d)", "$x.view($a, $b, -1, $d)"),
    ]
    for find, put in pairs:
        edit = Replace(find=find, put=put, line=frame.line)
        yield from by_edit(scene, "tensor-turned", frame.file, edit, f"`{find}` → `{put}`".replace("$", ""), guess=True)
