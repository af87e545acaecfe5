"""What the requirements ask for, as the choice of technology looks at it."""

from __future__ import annotations

from dataclasses import dataclass

from agents.coder.amounts import Amount, amount_in
from agents.coder.policy import Policy, Signal
from agents.coder.sizes import size_in
from framework.artifacts.requirements import Requirements
from framework.artifacts.slots import PUBLIC_DATA, Task, Throughput
from framework.artifacts.tech import Method, Objective
from framework.errors import UsageError
from framework.knowledge.catalog import Model, find_model, models
from framework.knowledge.datasets import Dataset, find_dataset, topics_in, words_in
from framework.knowledge.names import key
from framework.messages import Lang
from framework.runtime.userdata import DataFacts

_OBJECTIVES: dict[Task, Objective] = {
    "pretrain": "pretrain",
    "sft": "sft",
    "lora_finetune": "sft",
    "dpo": "dpo",
    "classification": "classification",
    "embedding": "embedding",
    "serving_only": "serve",
}
_TUNING: dict[str, Method] = {"full": "full", "lora": "lora", "qlora": "qlora"}
_PREFERENCE_METHODS = frozenset({"dpo", "rlhf", "ppo", "grpo", "orpo", "kto"})
_DOCUMENT_FORMATS = frozenset({"pdf", "docx", "doc", "html", "markdown"})
_SPEAKING_SLOTS = ("goal", "problem", "domain", "input", "output", "dataset", "success_metric")
# These make no demand on the licences of what the project is built from.
_NO_DEMAND = frozenset({"non-commercial", "open source"})


@dataclass(frozen=True)
class OwnData:
    """The user's data, as far as it is described."""

    text: str
    amount: Amount
    formats: tuple[str, ...]
    documents: bool

    @property
    def examples(self) -> int | None:
        """How many records or documents."""
        return self.amount.examples


@dataclass(frozen=True)
class Named:
    """A model that the user names; None where the catalog does not know it."""

    text: str
    model: Model | None


@dataclass(frozen=True)
class Need:
    """The requirements, read for the choice of technology."""

    wanted: Requirements
    lang: Lang
    task: Task
    objective: Objective
    objective_assumed: bool
    languages: tuple[str, ...]
    languages_assumed: bool
    topics: tuple[str, ...]
    signals: frozenset[Signal]
    named: tuple[Named, ...]
    methods: frozenset[Method]
    preference_methods: frozenset[str]
    own: OwnData | None
    datasets: tuple[Dataset, ...]
    unknown_datasets: tuple[str, ...]
    context: int
    context_stated: bool
    params: int | None
    time_limit_h: float | None
    budget_usd: float | None
    latency_ms: float | None
    throughput: Throughput | None
    commercial: bool
    licenses: tuple[str, ...]

    @property
    def chats(self) -> bool:
        """Whether the result is to hold a conversation or answer questions."""
        return "chat" in self.signals

    def looks_things_up(self, policy: Policy) -> bool:
        """Whether what is wanted is knowledge of documents, which retrieval serves better than training."""
        own = self.own
        generates = self.objective in ("sft", "pretrain", "dpo")
        few = own is not None and (own.examples or 0) <= policy.data.retrieval_up_to_documents
        return bool(own and own.documents and few and generates and (self.chats or "search" in self.topics))


def read_need(wanted: Requirements, policy: Policy, facts: DataFacts | None = None) -> Need:
    """The need behind the requirements. `facts` are those of the data given by `--data`."""
    task = next((known for known in _OBJECTIVES if known == wanted.value("task")), None)
    speech = " ".join(text for slot in _SPEAKING_SLOTS for text in wanted.texts(slot))
    quotes = " ".join(item.quote for item in wanted.items if item.quote)
    signals = frozenset(signal for signal, words in policy.signals.items() if words_in(f"{speech} {quotes}", words))
    datasets, unknown, own = _data(wanted, policy, facts)
    named = tuple(entry for text in wanted.texts("base_model") for entry in _named(text))
    objective = _OBJECTIVES[task] if task else _likely_objective(datasets, named, wanted, signals)
    stated = tuple(wanted.texts("language_of_data"))
    of_data = dict.fromkeys(d.languages[0] for d in datasets if objective in d.purposes and d.languages[0] != "mul")
    languages = stated or tuple(of_data)
    licenses = wanted.texts("license")
    methods = {method.lower() for method in wanted.texts("method")}
    tuning = {_TUNING[method] for method in methods & set(_TUNING)}
    return Need(
        wanted=wanted,
        lang=wanted.language,
        task=task or "unknown",
        objective=objective,
        objective_assumed=task is None,
        languages=languages or (wanted.language,),
        languages_assumed=not stated,
        topics=tuple(topics_in(speech)),
        signals=signals,
        named=named,
        methods=frozenset(tuning or ({"lora"} if task == "lora_finetune" else set())),
        preference_methods=frozenset(methods & _PREFERENCE_METHODS),
        own=own,
        datasets=datasets,
        unknown_datasets=unknown,
        context=wanted.count("context_len") or getattr(policy.context, objective),
        context_stated=wanted.count("context_len") is not None,
        params=wanted.count("params"),
        time_limit_h=wanted.number("time_limit_h"),
        budget_usd=wanted.number("budget_usd"),
        latency_ms=wanted.number("sla.latency_ms"),
        throughput=wanted.throughput(),
        commercial=any(text.lower() == "commercial" for text in licenses),
        licenses=tuple(text for text in licenses if text.lower() not in _NO_DEMAND | {"commercial"}),
    )


def _likely_objective(
    datasets: tuple[Dataset, ...], named: tuple[Named, ...], wanted: Requirements, signals: frozenset[Signal]
) -> Objective:
    """The task where the request leaves it open: what the named data or model is for, else a model that answers."""
    if datasets:
        return datasets[0].purposes[0]
    if any(entry.model and entry.model.architecture.kind == "encoder" for entry in named):
        return "classification"
    small = (wanted.count("params") or 0) and not named and "chat" not in signals
    return "pretrain" if small else "sft"


def _named(text: str) -> list[Named]:
    """The model of that name; where it is the name of a family ("Llama-3"), every member."""
    try:
        return [Named(text, find_model(text))]
    except UsageError:
        family = [] if size_in(text) else [model for model in models() if _is_kin(model.name, text)]
        return [Named(text, model) for model in family] or [Named(text, None)]


def _is_kin(name: str, family: str) -> bool:
    """Llama-3-8B is of the family Llama-3; Llama-3.1-8B is not."""
    rest = key(name).removeprefix(key(family))
    return rest != key(name) and not rest.startswith(".")


def _data(
    wanted: Requirements, policy: Policy, facts: DataFacts | None
) -> tuple[tuple[Dataset, ...], tuple[str, ...], OwnData | None]:
    """The datasets that the user names, names that nobody knows, and the user's own data."""
    texts = [text for text in wanted.texts("dataset") if text != PUBLIC_DATA]
    known = [dataset for text in texts if (dataset := find_dataset(text))]
    rest = [text for text in texts if find_dataset(text) is None]
    unknown = tuple(text for text in rest if _looks_like_a_name(text))
    described = [text for text in rest if text not in unknown]
    formats = tuple(text.lower() for text in wanted.texts("data_format"))
    if facts is not None:
        amount = Amount(examples=facts.rows if facts.rows is not None else facts.files, bytes=facts.bytes)
        own = OwnData(facts.path, amount, (facts.format,), facts.format in _DOCUMENT_FORMATS)
        return tuple(known), unknown, own
    if not described and (known or unknown or not formats):
        return tuple(known), unknown, None
    text = ", ".join(described)
    spoken = bool(words_in(text, policy.signals["documents"])) or bool(_DOCUMENT_FORMATS & set(formats))
    return tuple(known), unknown, OwnData(text, amount_in(text), formats, spoken)


def _looks_like_a_name(text: str) -> bool:
    """A published dataset's name is one word with capitals, digits or a slash; a description has several words."""
    one_word = text.isascii() and not any(sign.isspace() for sign in text)
    return one_word and not text.startswith(("/", ".", "~")) and any(sign.isupper() or sign in "/_" for sign in text)
