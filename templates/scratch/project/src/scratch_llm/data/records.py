"""What a source gives: one record for each document, conversation or comparison."""

from dataclasses import dataclass
from typing import Final, Literal

from scratch_llm.tokenizers.chat import Message

Kind = Literal["text", "chat", "preference"]
KIND_OF_TASK: Final[dict[str, Kind]] = {"pretrain": "text", "sft": "chat", "dpo": "preference"}


@dataclass(frozen=True, slots=True)
class TextRecord:
    """One document for pre-training."""

    text: str


@dataclass(frozen=True, slots=True)
class ChatRecord:
    """One conversation for instruction tuning; its last message is the assistant's."""

    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class PreferenceRecord:
    """Two answers to one conversation, of which one is preferred."""

    prompt: tuple[Message, ...]
    chosen: str
    rejected: str


Record = TextRecord | ChatRecord | PreferenceRecord


def text_of(record: Record) -> str:
    """Give all text of a record as one string: what tokenizers are trained on and duplicates are found by."""
    if isinstance(record, TextRecord):
        return record.text
    if isinstance(record, ChatRecord):
        return "\n".join(message.content for message in record.messages)
    return "\n".join([*(message.content for message in record.prompt), record.chosen, record.rejected])
