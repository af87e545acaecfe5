"""How likely a changed place explains a failure: by the traceback, the message, or what a probe looks at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from agents.coder.debugging.failure import Frame
from agents.coder.debugging.restore.hunks import Hunk, is_readable
from agents.coder.debugging.scene import Scene
from agents.reviewer.syntax import functions, imports

_WORD = re.compile(r"[^\W\d]\w+")
_QUOTED = re.compile(r"['\"`]([^'\"`\n]{2,80})['\"`]")
# What a probe looks at: words of paths and of code, the telling ones first.
TOPICS: tuple[tuple[str, str, str], ...] = (
    (r"causal|mask_|future", r"model|attention|context", r"causal|mask|tril|triu|attn|key <|<= last"),
    (r"cache|generat|decod", r"model|cache|inference|rotary|attention", r"cache|rotary|position|start|memor|step"),
    (r"pack|document", r"context|packing|model", r"document|mask|first|position|eos|bos"),
    (r"shift", r"packing|data|batch|loss|encoding", r"shift|\[1:\]|\[:-1\]|target|label|ids"),
    (r"mask|label", r"chat|packing|loss|batch|encoding|tasks", r"ignore|mask|-100|label|target|trained|assistant|pad"),
    (
        r"grad|update|optimizer",
        r"model|optim|engine|train|norm|loss",
        r"detach|no_grad|requires_grad|param|backward|upstream",
    ),
    (r"initial|loss_value", r"init|model|loss|norm", r"init|std|loss|scale|normal_|softmax|logits"),
    (
        r"overfit|shuffled|learn",
        r"engine|train|optim|model|loss",
        r"loss|lr|step|zero_grad|detach|param|backward|residual",
    ),
    (r"eval|dropout|validation", r"engine|train|model|data|callback", r"eval\(|train\(|dropout|training|val|no_grad"),
    (r"schedul|lr|warmup", r"schedul|engine|optim|train", r"lr|warmup|sched|cos|total|min_lr|decay"),
    (r"accum|step_grad", r"engine|train|batch|tasks|loss", r"accum|micro|n_target|share|/|zero_grad|backward|mean|sum"),
    (r"clip", r"engine|parallel|train|optim", r"clip|norm|unscale"),
    (
        r"split|overlap|order|data",
        r"split|data|prepare|sampler|streaming",
        r"split|val|train|share|seed|key|dedup|shuffle",
    ),
    (
        r"resume|checkpoint|save",
        r"checkpoint|state|engine|run|callback|module",
        r"state|load|save|rng|resume|step|epoch",
    ),
    (r"seed|determin", r"rng|seed|run|data|train", r"seed|rng|random|generator|manual"),
    (r"token|round", r"token|chat|encod", r"ids|encode|decode|vocab|special"),
)


@dataclass(frozen=True)
class Ranking:
    """What is known of the failure, asked of every hunk."""

    scene: Scene

    @cached_property
    def frames(self) -> list[Frame]:
        """The project's own calls, the innermost first; those of an earlier error after them."""
        failure = self.scene.failure
        earlier = [frame for raised in reversed(failure.chain) for frame in reversed(raised.frames)]
        return [frame for frame in [*reversed(failure.frames), *earlier] if frame.own]

    @cached_property
    def said(self) -> dict[str, int]:
        """The words of the message with their weight; what stands in quotes is a name."""
        message = f"{self.scene.failure.error} {self.scene.failure.message}"
        words = {word: 12 for word in _WORD.findall(message) if len(word) > 3}
        quoted = [word for text in _QUOTED.findall(message) for word in _WORD.findall(text)]
        return words | dict.fromkeys(quoted, 40)

    @cached_property
    def imported(self) -> frozenset[str]:
        """The files that those of the traceback import, all the way down."""
        waiting = [*{frame.file for frame in self.frames}, *self._command_files]
        found: set[str] = set()
        while waiting:
            file = waiting.pop()
            for one in self._imports_of(file):
                if one not in found:
                    found.add(one)
                    waiting.append(one)
        return frozenset(found)

    @property
    def _command_files(self) -> list[str]:
        return [word for word in self.scene.failure.command if word in self.scene.tree.files]

    def _imports_of(self, file: str) -> Iterator[str]:
        tree = self.scene.tree.python.get(file)
        package = file.removeprefix("src/").rpartition("/")[0].replace("/", ".")
        for one in imports(tree, package) if tree else ():
            for name in (f"{one.module}.{one.name}" if one.name else one.module, one.module):
                path = name.replace(".", "/")
                yield from (
                    candidate
                    for base in ("src/", "", "scripts/")
                    for candidate in (f"{base}{path}.py", f"{base}{path}/__init__.py")
                    if candidate in self.scene.tree.files
                )

    def score(self, hunk: Hunk) -> int:
        """The more, the likelier. At least 60 means that something points at these very lines."""
        base = self._by_place(hunk) + self._by_words(hunk) + self._by_file(hunk)
        probe = self.scene.failure.error.removeprefix("probe:") if self.scene.failure.error.startswith("probe:") else ""
        return (
            base
            + (topic_score(probe, hunk) if probe else 0)
            - (15 if hunk.only_adds else 0)
            - min(10, hunk.text.count("\n") // 4)
        )

    def _by_place(self, hunk: Hunk) -> int:
        best = 0
        for depth, frame in enumerate(self.frames):
            if frame.file != hunk.file:
                continue
            near = 0 if hunk.distance(frame.line) else 100
            near = near or (60 if hunk.distance(frame.line) <= 2 else 45 if self._in_one_function(hunk, frame) else 25)
            best = max(best, near - min(20, 4 * depth))
        return best

    def _in_one_function(self, hunk: Hunk, frame: Frame) -> bool:
        tree = self.scene.tree.python.get(hunk.file)
        ranges = [(one.lineno, one.end_lineno or one.lineno) for one in functions(tree)] if tree else []
        return any(start <= frame.line <= end and start <= hunk.first <= end + 1 for start, end in ranges)

    def _by_words(self, hunk: Hunk) -> int:
        weights = sorted((self.said[word] for word in hunk.words & self.said.keys()), reverse=True)
        return sum(weights[:3])

    def _by_file(self, hunk: Hunk) -> int:
        file, text = hunk.file, self.scene.tree.texts.get(hunk.file, "")
        if not is_readable(file, text):
            return 150  # nothing that imports it can run
        if file == self.scene.config:
            return 30
        if file in self.imported or file in self._command_files:
            return 20
        if file.startswith(("requirements", "pyproject")):
            return 40 if "Import" in self.scene.failure.error or "NotFound" in self.scene.failure.error else 5
        return 10 if file.startswith(("src/", "configs/")) else 0


def topic_score(probe: str, hunk: Hunk) -> int:
    """How well a hunk fits what a probe looks at."""
    best = 0
    for names, paths, words in TOPICS:
        if re.search(names, probe):
            in_path = 20 if re.search(paths, hunk.file) else 0
            changed = [line for line in hunk.text.splitlines() if line.strip()]
            in_words = 40 if any(re.search(words, line) for line in changed) else 0
            best = max(best, in_path + in_words)
    return best


def missing_score(scene: Scene, file: str) -> int:
    """How likely a file that is gone explains the failure: the message names it or its module."""
    failure = scene.failure
    said = f"{failure.message} {failure.log[-2000:]}"
    stem = file.rpartition("/")[2].rpartition(".")[0]
    if file in said or re.search(rf"\b{re.escape(stem)}\b", failure.message):
        return 130
    return 90 if failure.error.endswith(("ModuleNotFoundError", "ImportError", "FileNotFoundError")) else 20
