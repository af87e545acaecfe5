"""Train a tokenizer, on the data of a config or on files of your own.

python scripts/train_tokenizer.py --config configs/pretrain/debug.yaml --output tokenizers/stories
python scripts/train_tokenizer.py --input book.txt notes.jsonl --kind sentencepiece --output tokenizers/mine
"""

import argparse
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import get_args

from scratch_llm.config import TokenizerConfig
from scratch_llm.config.load import load_config
from scratch_llm.data.local import read_local
from scratch_llm.data.sources import load_records, text_of
from scratch_llm.tokenizers import Tokenizer, train_tokenizer
from scratch_llm.tokenizers.storage import ABOUT
from scratch_llm.utils.entry import run
from scratch_llm.utils.files import check_replaceable

KINDS = get_args(TokenizerConfig.model_fields["kind"].annotation)


def main() -> None:
    """Read the texts, train, save, and show what the tokenizer does with a text."""
    args = arguments()
    check_replaceable(args.output, ABOUT)
    if args.config:
        config = load_config(args.config, args.overrides)
        chosen, records = config.tokenizer, load_records(config.data, config.task)
    else:
        chosen = TokenizerConfig()
        records = (record for path in args.input for record in read_local(path, "text", text_column=args.text_column))
    kind, vocab_size = args.kind or chosen.kind, args.vocab_size or chosen.vocab_size
    texts = [text_of(record) for record in islice(records, chosen.train_documents)]
    tokenizer = train_tokenizer(kind, texts, vocab_size)
    tokenizer.save(args.output)
    print("\n".join(facts(tokenizer, texts)), f"saved to {args.output}", sep="\n")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--config", type=Path, help="train on the data of this config")
    where.add_argument(
        "--input", type=Path, nargs="+", help="train on these files or folders: txt, jsonl, csv, parquet"
    )
    parser.add_argument("--kind", choices=KINDS, help="kind of tokenizer (default: the config's, else bpe)")
    parser.add_argument("--vocab-size", type=int, help="number of ids (default: the config's, else 2048)")
    parser.add_argument("--text-column", default="text", help="column of --input that holds the text")
    parser.add_argument("--output", type=Path, required=True, help="folder to save to")
    parser.add_argument("overrides", nargs="*", help="with --config: changes such as data.n_documents=500")
    return parser.parse_args()


def facts(tokenizer: Tokenizer, texts: list[str]) -> Iterator[str]:
    """Say how well the tokenizer compresses its texts, and show one of them in pieces."""
    shown = texts[:1000]
    n_byte = sum(len(text.encode()) for text in shown)
    n_token = sum(map(len, tokenizer.encode_batch(shown)))
    sample = tokenizer.encode(texts[0][:80])
    yield f"{tokenizer.kind} tokenizer, {tokenizer.vocab_size} ids, fingerprint {tokenizer.fingerprint}"
    yield f"{n_byte / n_token:.2f} bytes per token on {len(shown)} documents of the training data"
    yield "sample: " + " ".join(repr(tokenizer.decode([i])) for i in sample)


if __name__ == "__main__":
    run(main)
