"""Four kinds of tokenizer on the same text: how far each compresses English and Chinese, and what each loses.

python examples/02_tokenizers.py        # expected output: examples/expected/02_tokenizers.txt
"""

from itertools import chain

from scratch_llm.data.synthetic import stories
from scratch_llm.tokenizers import train_tokenizer

STRANGE = "Zoë's 狐狸 is 7 ½ 🦊\n\tyes"  # letters that the training text does not hold


def main() -> None:
    english, chinese = (list(stories(150, seed=0, language=language)) for language in ("en", "zh"))
    new_english, new_chinese = (list(stories(50, seed=1, language=language)) for language in ("en", "zh"))
    print(f"{'kind':14}{'ids':>6}{'bytes/token en':>16}{'bytes/token zh':>16}  keeps strange text")
    for kind in ("char", "bpe", "wordpiece", "sentencepiece"):
        tokenizer = train_tokenizer(kind, chain(english, chinese), 800)
        rates = [bytes_per_token(tokenizer, texts) for texts in (new_english, new_chinese)]
        is_kept = tokenizer.decode(tokenizer.encode(STRANGE)) == STRANGE
        print(f"{kind:14}{tokenizer.vocab_size:6}{rates[0]:16.2f}{rates[1]:16.2f}  {'yes' if is_kept else 'no'}")


def bytes_per_token(tokenizer, texts: list[str]) -> float:
    n_token = sum(len(ids) for ids in tokenizer.encode_batch(texts))
    return sum(len(text.encode()) for text in texts) / n_token


if __name__ == "__main__":
    main()
