"""The chat template: how a conversation becomes one row of ids, and which of them the model must learn to say.

BOS, then for each message ROLE content END. A model's answer ends with END; generation stops at END and at EOS.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from scratch_llm.tokenizers.base import ASSISTANT, BOS, END, SYSTEM, USER, Tokenizer

CHAT_TEMPLATE_NAME: Final = "roles-v1"  # kept with every score: scores of different templates do not compare
# The same template for Transformers; the generation block marks what `return_assistant_tokens_mask` reports.
CHAT_TEMPLATE: Final = (
    "{{ bos_token }}{% for message in messages %}"
    "{{ '<|' + message['role'] + '|>' }}"
    "{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] + '<|end|>' }}{% endgeneration %}"
    "{% else %}{{ message['content'] + '<|end|>' }}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)

Role = Literal["system", "user", "assistant"]
ROLE_IDS: Final[dict[Role, int]] = {"system": SYSTEM, "user": USER, "assistant": ASSISTANT}


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


class Chat(NamedTuple):
    """An encoded conversation; `response_mask[i]` is true where `ids[i]` is the assistant's, closing END included."""

    ids: list[int]
    response_mask: list[bool]


def encode_chat(tokenizer: Tokenizer, messages: Sequence[Message], *, add_generation_prompt: bool = False) -> Chat:
    """Encode one conversation; with `add_generation_prompt` it ends where the assistant's next answer begins."""
    return encode_chats(tokenizer, [messages], add_generation_prompt=add_generation_prompt)[0]


def encode_chats(
    tokenizer: Tokenizer, conversations: Iterable[Sequence[Message]], *, add_generation_prompt: bool = False
) -> list[Chat]:
    """Encode many conversations in one call of the tokenizer, which is much faster than one by one."""
    conversations = list(conversations)
    contents = [message.content for messages in conversations for message in messages]
    rows = iter(tokenizer.encode_batch(contents))
    return [
        _assemble([(message.role, next(rows)) for message in messages], add_generation_prompt)
        for messages in conversations
    ]


def _assemble(turns: Iterable[tuple[Role, list[int]]], add_generation_prompt: bool) -> Chat:
    ids, mask = [BOS], [False]
    for role, content in turns:
        ids += [ROLE_IDS[role], *content, END]
        mask += [False] + [role == "assistant"] * (len(content) + 1)
    if add_generation_prompt:
        ids.append(ASSISTANT)
        mask.append(False)
    return Chat(ids, mask)
