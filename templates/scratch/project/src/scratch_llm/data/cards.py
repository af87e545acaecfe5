"""Data cards and model cards: what others must know before they use the data or the model, in Markdown."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from scratch_llm.config import TrainConfig

Facts = Mapping[str, Any]


def data_card(provenance: Facts, *, figures: Facts, checks: Facts, samples: Sequence[str]) -> str:
    """Describe a dataset.

    Args:
        provenance: What `data.sources.provenance` says: dataset, description, licence, origin...
        figures: Counts of the prepared data, such as documents and tokens.
        checks: Summaries of checks by name, such as deduplication and contamination.
        samples: A few documents, shown as they are.
    """
    parts = [
        f"# Data card: {provenance['dataset']}",
        str(provenance["description"]),
        _section("Whence", provenance),
        _section("Figures", figures),
        *(_section(name, check) for name, check in checks.items()),
        "## Samples",
        *(_quoted(sample) for sample in samples),
        "## Use",
        "The licence above says what the data may be used for. Text of the web can be wrong, unfair or private: "
        "look at samples of your own before you train on it.",
    ]
    return "\n\n".join(parts) + "\n"


def model_card(
    name: str, config: TrainConfig, *, n_parameters: int, provenance: Facts, results: Facts, samples: Sequence[str]
) -> str:
    """Describe a trained model.

    Args:
        name: The model's name, such as its experiment.
        config: What it was trained with.
        n_parameters: How many numbers it has.
        provenance: Of its training data, as in `data_card`.
        results: Measured values by name; a score is only comparable with the chat template it names.
        samples: A few texts that the model wrote.
    """
    shape = {
        "parameters": f"{n_parameters:,}",
        "task": config.task,
        "layers": config.model.n_layer,
        "width": config.model.d_model,
        "heads": config.model.n_head,
        "attention": config.model.attention,
        "feed-forward": config.model.feed_forward,
        "context": f"{config.model.context_length} tokens",
        "tokenizer": config.tokenizer.kind,
        "started from": config.start_from or "fresh weights",
    }
    parts = [
        f"# Model card: {name}",
        _section("Model", shape),
        _section("Training data", provenance),
        _section("Results", results),
        "## Samples",
        *(_quoted(sample) for sample in samples),
        "## Limits",
        "The model continues text as its training data does. It can state what is not true, repeat what it has read, "
        "and hurt people; measure it on your own task and let people read its answers before you rely on it.",
    ]
    return "\n\n".join(parts) + "\n"


def _section(title: str, facts: Facts) -> str:
    rows = [f"| {_cell(name)} | {_cell(value)} |" for name, value in facts.items()]
    return "\n".join([f"## {title[:1].upper()}{title[1:]}", "", "| | |", "| --- | --- |", *rows])


def _cell(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def _quoted(sample: str) -> str:
    # Four blanks make a block that shows any text as it is, whatever signs of Markdown or HTML it holds.
    return "\n".join(f"    {line}" for line in sample.splitlines())
