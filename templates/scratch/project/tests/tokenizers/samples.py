"""What the tokenizers of these tests are trained on."""

from scratch_llm.data.synthetic import stories

KINDS = ("char", "bpe", "wordpiece", "sentencepiece")
LOSSLESS = ("bpe", "sentencepiece")
TEXTS = [*stories(60, language="en"), *stories(60, language="zh")]
