"""What the model writes about, and how its texts begin."""

from __future__ import annotations

from agents.coder.scratch.case import Case
from agents.coder.scratch.sources import Supply, spoken_in
from framework.knowledge.datasets import find_dataset, topics_in

_PROMPTS: dict[tuple[str, str], list[str]] = {
    ("stories", "en"): ["Once upon a time", "The little dog"],
    ("stories", "zh"): ["从前", "小兔子"],
    ("poetry", "en"): ["Shall I compare", "O gentle night"],
    ("poetry", "zh"): ["床前", "春风"],
    ("code", "en"): ["def main(", "import "],
    ("code", "zh"): ["def main(", "import "],
    ("", "en"): ["The most important thing is", "Water boils"],
    ("", "zh"): ["中国的", "科学家"],
}


def topics_of(case: Case) -> list[str]:
    """The topics of the catalog that the requirements speak of."""
    slots = ("domain", "output", "goal", "dataset")
    return topics_in(" ".join(text for slot in slots for text in case.wanted.texts(slot)))


def prompts_for(case: Case, supply: Supply) -> list[str]:
    """Beginnings in the languages of the data, of the topic where there are any."""
    spoken = spoken_in(case)
    languages = ["en", "zh"] if spoken == "mixed" else [spoken]
    topics = [*topics_of(case), *_topics_in(supply)]
    topic = next((topic for topic in topics if (topic, "en") in _PROMPTS), "")
    return [prompt for language in languages for prompt in _PROMPTS[topic, language]]


def is_about(supply: Supply, text: str) -> bool:
    """Whether the data that is read was made for this subject; one's own is."""
    if supply.name == "local":
        return True
    return bool(set(topics_in(text)) & set(_topics_in(supply)))


def _topics_in(supply: Supply) -> tuple[str, ...]:
    """What the catalog says of a dataset; what is generated are stories, and one's own is unknown."""
    if supply.name == "local":
        return ()
    known = find_dataset(supply.source.repo) if supply.source else None
    return known.topics if known else ("stories",)
