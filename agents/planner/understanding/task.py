"""Which task the text wants, by the words for each and their weight (docs/slots.md, "Which task")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.planner.understanding.from_nothing import find_given, from_nothing, own_model
from agents.planner.understanding.lexicon import Term
from agents.planner.understanding.reading import ELSEWHERE, Reading
from agents.planner.understanding.scope import Mode
from framework.artifacts.requirements import Item
from framework.artifacts.slots import Task

_UNLESS = ELSEWHERE & ~Mode.COMPARED & ~Mode.ASKED
_CLASSES = re.compile(
    r"分(?:成|为)?\s?[\d一二三四五六七八九十两几]+\s?个?(?:类|档|级|挡)|\binto \d+ (?:classes|categories|labels|topics|departments"
    r"|queues|groups)\b|\btells? \S+ (?:apart )?from\b"
)
_SERVERS = frozenset({"vLLM", "SGLang", "TGI", "TensorRT-LLM", "LMDeploy", "Ollama", "llama.cpp", "Triton"})
_EMBEDDERS = re.compile(
    r"(?:^|/)(?:bge|gte|m3e|text2vec|(?:multilingual-)?e5|jina-embed|nomic-embed|all-|labse|sentence-bert)|-embedding",
    re.I,
)
_ENCODERS = re.compile(r"bert(?!sum)|electra|^ernie-3", re.I)
_LABELS = re.compile(r"label|categor|class|topic|tag\b|intent|标签|类别|类型|科室|分类|等级")
_LABEL_LIST = re.compile(r"\w ?[/、] ?\w")
_OF_TRAINING = frozenset({"from_scratch", "train_word"})
_STRONG = 3  # a word that names the task outright weighs as much as three that hint at it
_PREFERENCES = frozenset({"dpo", "rlhf", "ppo", "grpo", "orpo", "kto", "simpo"})
_HINTS_OF_DPO = frozenset(
    {
        "preference pairs",
        "preference data",
        "preference tuning",
        "preference dataset",
        "chosen and rejected",
        "reward model",
        "thumbs up",
        "alignment",
    }
)


@dataclass(frozen=True)
class _Signs:
    """The evidence for each task."""

    reading: Reading
    slots: dict[str, object]
    unless: int = _UNLESS

    def has(self, kind: str) -> bool:
        said = self.reading.said(kind, self.unless)
        if kind not in _OF_TRAINING:
            return bool(said)
        given = self.reading.spans_of(find_given)
        return any(not given.covers(term.start) for term in said)

    def count(self, kind: str) -> int:
        """How many different words of the kind are said."""
        plain = self.reading.plain
        return len({plain[term.start : term.end] for term in self.reading.said(kind, self.unless)[:200]})

    def weight(self, name: str) -> int:
        outright = self.count(f"strong_{name}") or (name == "classification" and _CLASSES.search(self.reading.plain))
        return self.count(f"{name}_cue") + _STRONG * bool(outright)

    @property
    def methods(self) -> set[str]:
        value = self.slots.get("method", [])
        return set(value) if isinstance(value, list) else {str(value)}

    @property
    def fresh(self) -> Term | None:
        """The words that wish for a model from nothing; a model of one's own may still have a base."""
        if words := from_nothing(self.reading):
            return words
        return None if self.slots.get("base_model") or self.tunes else own_model(self.reading)

    @property
    def tunes(self) -> bool:
        return self.has("sft_cue") or bool(self.methods & {"sft", "full", "distillation"})


def infer_task(reading: Reading, items: Sequence[Item]) -> Item:
    """The item `task`: what follows from the words, `unknown` where they leave it open."""
    slots: dict[str, object] = {}
    for item in items:
        slots.setdefault(item.slot, item.value)
    signs = _Signs(reading, slots)
    task = _of_the_base(_task(signs), signs)
    if task == "pretrain" and (words := signs.fresh):
        quote = reading.source.quote(words.start, words.end)
        return Item(slot="task", value=task, provenance="stated", quote=quote, score=1.0)
    return Item(slot="task", value=task, provenance="inferred", score=0.5 if task == "unknown" else 1.0)


def _of_the_base(task: Task, signs: _Signs) -> Task:
    """An encoder learns labels, an embedder vectors, where the words say no more than that it is to be tuned."""
    base = signs.slots.get("base_model")
    name = str(base[0] if isinstance(base, list) else base or "")
    if task not in ("sft", "unknown") or signs.methods or signs.has("chat_cue"):
        return task
    if _EMBEDDERS.search(name):
        return "embedding"
    return "classification" if _ENCODERS.search(name) else task


def _task(signs: _Signs) -> Task:
    for rule in (_served, _continued, _by_product, _first_from_nothing, _by_method, _from_nothing, _by_words):
        if task := rule(signs):
            return task
    if signs.unless & Mode.PAST:  # what was tried and given up still shows what is wanted
        return _task(replace(signs, unless=signs.unless & ~Mode.PAST & ~Mode.REJECTED))
    return "unknown"


def _served(signs: _Signs) -> Task | None:
    """Only run what exists: said outright, or deployment is all that is spoken of."""
    if signs.fresh:
        return None
    trained = signs.has("continue") or signs.has("from_scratch")
    if signs.reading.said("no_training", _UNLESS & ~Mode.DENIED) and not trained:
        if not (signs.weight("classification") > _STRONG and not signs.has("serving_cue")):
            return "serving_only"
    trains = signs.has("train_word") or signs.tunes or signs.methods & (_PREFERENCES | {"lora", "qlora"})
    model = signs.slots.get("base_model") or signs.slots.get("params")
    if not trains and "rag" in signs.methods:
        return "serving_only"  # retrieval is looked up, not learnt
    runs = signs.has("serving_cue") or signs.has("quantize_cue") or _is_run(signs.slots)
    if not trains and model and runs:
        other = max(signs.weight("classification"), signs.weight("embedding"))
        return "serving_only" if other < _STRONG or signs.has("serving_cue") else None
    return None


def _is_run(slots: dict[str, object]) -> bool:
    """A service by its software or its load, with no data to learn from."""
    stack = slots.get("stack", [])
    software = set(stack if isinstance(stack, list) else [str(stack)]) & _SERVERS
    return "dataset" not in slots and bool(software or slots.get("sla.throughput") or slots.get("sla.availability"))


def _continued(signs: _Signs) -> Task | None:
    if signs.has("continue"):
        return "pretrain"
    return None


def _by_product(signs: _Signs) -> Task | None:
    """Labels or vectors, named outright, decide whatever the training is called; LoRA is a name of its own."""
    classification, embedding = signs.weight("classification"), signs.weight("embedding")
    if signs.methods & {"lora", "qlora"} and not signs.methods & _PREFERENCES:
        return "lora_finetune"
    if max(classification, embedding) < _STRONG:
        return None
    if signs.methods & (_PREFERENCES | {"sft"}):
        return None
    if embedding > classification:
        return "embedding"
    chats = signs.count("chat_cue")
    return "classification" if classification >= chats + 2 or not signs.tunes or chats == 0 else None


def _first_from_nothing(signs: _Signs) -> Task | None:
    """ "Pretrain, then SFT": what the first run does; LoRA has a base, whatever is said of it."""
    words = from_nothing(signs.reading)
    tuned = [term for kind in ("sft_cue", "dpo_cue") for term in signs.reading.said(kind, signs.unless)]
    first = words is not None and all(words.start < term.start for term in tuned)
    return "pretrain" if first and not signs.methods & {"lora", "qlora"} else None


def _by_method(signs: _Signs) -> Task | None:
    if signs.methods & {"lora", "qlora"} and not signs.methods & _PREFERENCES:
        return "lora_finetune"
    if signs.methods & {"lora", "qlora"} and "sft" in signs.methods:
        return "lora_finetune"
    if signs.methods & _PREFERENCES:
        return "sft" if "sft" in signs.methods else "dpo"
    if "sft" in signs.methods:
        return "sft"
    return "dpo" if signs.has("dpo_cue") and _is_about_preferences(signs) else None


def _is_about_preferences(signs: _Signs) -> bool:
    plain = signs.reading.plain
    return any(plain[t.start : t.end] in _STRONG_DPO for t in signs.reading.said("dpo_cue", _UNLESS))


_STRONG_DPO = frozenset(
    """dpo|rlhf|ppo|grpo|orpo|kto|simpo|ipo|rlaif|preference tuning|preference optimization|preference optimisation|preference pairs
|preference pair|preference data|preference learning|preference alignment|preference dataset|human preferences|chosen and rejected|chosen/rejected
|chosen, rejected|preferred answers|prefer|prefers|preferred over|align|alignment|reward model|thumbs up|reinforcement learning
|偏好|对齐|偏好对齐|偏好数据|强化学习|奖励模型|人类反馈|人类偏好""".replace("\n", "").split("|")
)


def _from_nothing(signs: _Signs) -> Task | None:
    """From scratch, pre-training, or a small model that writes text of one kind, with no model to start from."""
    if signs.fresh or signs.has("from_scratch"):
        return "pretrain"
    if signs.slots.get("base_model") or signs.tunes or (signs.slots.get("input") and signs.slots.get("output")):
        return None
    writes = signs.has("genre") and (signs.has("tiny") or signs.slots.get("params"))
    if signs.has("small_writer") or (writes and (signs.has("writes") or signs.has("product"))):
        return "pretrain"
    return "pretrain" if signs.slots.get("params") and signs.has("train_word") and not _talks(signs) else None


def _talks(signs: _Signs) -> bool:
    return signs.has("chat_cue") or signs.has("classification_cue") or signs.has("embedding_cue")


def _by_words(signs: _Signs) -> Task | None:
    """What hints say: labels, vectors, or a text for a text."""
    classification, embedding, chat = signs.weight("classification"), signs.weight("embedding"), signs.count("chat_cue")
    output = str(signs.slots.get("output", ""))
    if chat == 0 and (_LABELS.search(output) or (classification and _LABEL_LIST.search(output))):
        return "classification"
    if signs.tunes and not (classification > chat + 1 or embedding > chat + 1):
        return "sft"
    if classification and classification > chat and classification >= embedding:
        return "classification"
    if embedding and embedding > chat:
        return "embedding"
    if chat:
        return (
            "serving_only"
            if signs.slots.get("base_model") and signs.has("serving_cue") and not signs.has("train_word")
            else "sft"
        )
    if signs.slots.get("base_model") and signs.has("serving_cue") and not signs.has("train_word"):
        return "serving_only"
    if signs.slots.get("base_model") or (signs.slots.get("output") and signs.slots.get("input")):
        return "sft"
    if signs.has("train_word") and signs.has("small_writer"):
        return "pretrain"
    return None
