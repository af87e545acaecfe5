"""Records become documents of token ids, each with the tokens that the loss may be taken of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from scratch_llm.data.records import ChatRecord, PreferenceRecord, Record, TextRecord
from scratch_llm.tokenizers import Message, Tokenizer, encode_chats

Task = Literal["pretrain", "sft", "dpo"]
DOCUMENTS_OF_RECORD: Final[dict[Task, int]] = {"pretrain": 1, "sft": 1, "dpo": 2}


@dataclass(frozen=True)
class Document:
    """Token ids [n]; `trained` [n] marks the ones to be learned, None stands for all of them."""

    ids: NDArray[np.int64]
    trained: NDArray[np.bool_] | None = None


def encode_records(tokenizer: Tokenizer, records: Sequence[Record]) -> list[Document]:
    """Encode records of one kind.

    A text becomes BOS text EOS. A conversation becomes the chat template's row, trained on the assistant's tokens and
    the END that closes them. A preference becomes two documents, chosen and rejected, that begin with the same prompt
    and are trained on the answer alone.
    """
    texts = [record.text for record in records if isinstance(record, TextRecord)]
    if texts:
        return [_document(ids) for ids in tokenizer.encode_batch(texts, bos=True, eos=True)]
    chats = [record.messages for record in records if isinstance(record, ChatRecord)]
    if chats:
        return [_document(chat.ids, chat.response_mask) for chat in encode_chats(tokenizer, chats)]
    return _encode_preferences(tokenizer, [record for record in records if isinstance(record, PreferenceRecord)])


def _encode_preferences(tokenizer: Tokenizer, records: Sequence[PreferenceRecord]) -> list[Document]:
    prompts = encode_chats(tokenizer, [record.prompt for record in records], add_generation_prompt=True)
    answers = encode_chats(
        tokenizer,
        [
            [*record.prompt, Message("assistant", answer)]
            for record in records
            for answer in (record.chosen, record.rejected)
        ],
    )
    documents = []
    for i, (ids, _) in enumerate(answers):
        n_prompt = len(prompts[i // 2].ids)  # earlier answers inside the prompt are given, not learned
        documents.append(_document(ids, [j >= n_prompt for j in range(len(ids))]))
    return documents


def _document(ids: Sequence[int], trained: Sequence[bool] | None = None) -> Document:
    mask = None if trained is None else np.asarray(trained, dtype=np.bool_)
    return Document(np.asarray(ids, dtype=np.int64), mask)
