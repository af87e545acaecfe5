"""Tokenizers: one interface, four kinds, the chat template and the export to Transformers."""

from scratch_llm.tokenizers.base import (
    ASSISTANT,
    BOS,
    END,
    EOS,
    PAD,
    SPECIAL_TOKENS,
    SYSTEM,
    UNK,
    USER,
    Tokenizer,
)
from scratch_llm.tokenizers.chat import (
    CHAT_TEMPLATE_NAME,
    Chat,
    Message,
    encode_chat,
    encode_chats,
)
from scratch_llm.tokenizers.hf import export_tokenizer
from scratch_llm.tokenizers.kinds import load_tokenizer, train_tokenizer

__all__ = [
    "ASSISTANT",
    "BOS",
    "CHAT_TEMPLATE_NAME",
    "END",
    "EOS",
    "PAD",
    "SPECIAL_TOKENS",
    "SYSTEM",
    "UNK",
    "USER",
    "Chat",
    "Message",
    "Tokenizer",
    "encode_chat",
    "encode_chats",
    "export_tokenizer",
    "load_tokenizer",
    "train_tokenizer",
]
