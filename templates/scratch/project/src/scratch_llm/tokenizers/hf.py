"""Export for Transformers: the folder loads with `AutoTokenizer.from_pretrained` and gives the same ids."""

from pathlib import Path

import tokenizers as library
from tokenizers.processors import TemplateProcessing

from scratch_llm.tokenizers.base import BOS, EOS, PAD, SPECIAL_TOKENS, UNK, Tokenizer
from scratch_llm.tokenizers.chat import CHAT_TEMPLATE
from scratch_llm.tokenizers.library import LibraryTokenizer
from scratch_llm.utils.errors import ConfigError
from scratch_llm.utils.files import write_json, write_text


def export_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """Write tokenizer.json, tokenizer_config.json and the chat template beside whatever else the folder holds.

    Transformers, unlike this package, turns a special token's name inside a text into the special token.
    """
    if not isinstance(tokenizer, LibraryTokenizer):
        raise ConfigError(
            f"a {tokenizer.kind} tokenizer has no Transformers format here", "train with tokenizer.kind=bpe to export"
        )
    core = library.Tokenizer.from_str(tokenizer.core.to_str())
    core.add_special_tokens(list(SPECIAL_TOKENS))
    bos = SPECIAL_TOKENS[BOS]  # every text begins with it in training
    core.post_processor = TemplateProcessing(single=f"{bos} $A", pair=f"{bos} $A $B", special_tokens=[(bos, BOS)])
    write_text(folder / "tokenizer.json", core.to_str(pretty=True))
    write_text(folder / "chat_template.jinja", CHAT_TEMPLATE)
    write_json(folder / "tokenizer_config.json", _settings())


def _settings() -> dict[str, object]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "pad_token": SPECIAL_TOKENS[PAD],
        "bos_token": SPECIAL_TOKENS[BOS],
        "eos_token": SPECIAL_TOKENS[EOS],
        "unk_token": SPECIAL_TOKENS[UNK],
        "additional_special_tokens": list(SPECIAL_TOKENS[UNK + 1 :]),
        "chat_template": CHAT_TEMPLATE,
        "clean_up_tokenization_spaces": False,
    }
