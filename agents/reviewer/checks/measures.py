"""Rules of Prometheus ask for measures: each must be one that the code exports."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import yaml

from agents.reviewer.subject import Subject
from agents.reviewer.syntax import nodes
from framework.artifacts.review import ReviewFinding

# What stands in an expression and names no measure: labels, texts, spans, the labels of a grouping.
_NO_MEASURE = re.compile(
    r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|\{[^}]*\}|\[[^\]]*\]|\#.*"
    r"|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)|\boffset\s+-?\w+"
)
_MEASURE = re.compile(r"(?<![\w.:$])([A-Za-z_:][\w:]*)(?!\s*\(|[\w:])")
_WORDS = {"and", "or", "unless", "bool", "inf", "nan", "by", "without", "on", "ignoring", "group_left", "group_right"}
_WORDS |= {"sum", "min", "max", "avg", "count", "group", "stddev", "stdvar", "topk", "bottomk", "quantile"}
# What Prometheus itself and the exporters of others bring.
_FOREIGN = re.compile(r"up$|ALERTS|(?:process|python|scrape|prometheus|node|container|kube|machine|DCGM|nvidia)_")
_ENDS = ("_total", "_info", "_bucket", "_count", "_sum", "_created")


def files(subject: Subject) -> dict[str, str]:
    """The rules."""
    return {name: text for name, text in subject.texts(".yaml", ".yml") if name.startswith("monitoring/")}


def measures(subject: Subject, check: str) -> Iterator[ReviewFinding]:
    """Names in expressions that nothing exports, so that a rule never holds."""
    exported = _exported(subject)
    for file, text in files(subject).items():
        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            yield subject.finding(check, "broken_yaml", file, None, error=" ".join(str(error).split()))
            continue
        values = list(_values(root)) if root else []
        recorded = {value for key, value in values if key == "record"}
        asked = {name for key, value in values if key == "expr" for name in _asked(value)}
        for name in sorted(asked - recorded):
            if not _FOREIGN.match(name) and not _stems(name) & exported:
                yield subject.finding(check, "no_measure", file, subject.line_of(file, name), name=name)


def _values(node: yaml.Node, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, yaml.ScalarNode):
        yield key, node.value
    elif isinstance(node, yaml.SequenceNode):
        for one in node.value:
            yield from _values(one)
    elif isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            yield from _values(value, str(name.value))


def _asked(expression: str) -> set[str]:
    return set(_MEASURE.findall(_NO_MEASURE.sub(" ", expression))) - _WORDS


def _stems(name: str) -> set[str]:
    """The name, and the name that the code gives it before the client adds what it is."""
    return {name, *(name.removesuffix(end) for end in _ENDS)}


def _exported(subject: Subject) -> set[str]:
    """Every text of the package that could name a measure."""
    return {
        node.value
        for tree in subject.trees.values()
        for node in nodes(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
