"""Make the mini dataset: a small, clean, representative part of your data, with its parts and facts under data/mini.

python scripts/mini_data.py
python scripts/mini_data.py --from my_data.jsonl --columns text=story,label=genre
python scripts/mini_data.py --hub roneneldan/TinyStories

Without a source it is the seeded grammar that the config names. Your files are read and never changed. How to train on
the result stands at the end of what it prints.
"""

import argparse
from pathlib import Path
from typing import Any

from scratch_llm.data.mini import Order, Rules, make_mini
from scratch_llm.data.mini.make import OUT
from scratch_llm.utils.entry import run
from scratch_llm.utils.errors import ConfigError
from scratch_llm.utils.files import write_json

CONFIG = Path("configs/pretrain/mini.yaml")
NOTICES = {
    "hub": "{source} cannot be had ({why}): the source of the config was used instead",
    "beginning": "only the first {rows:,} rows were looked at",
    "pieces": "{count} long texts were cut into pieces",
    "long": "{count} rows are too long for a mini dataset and were left out",
    "few": "only {rows} rows: what is measured on them says little",
    "one_class": "all rows are of one class",
    "rare": "{count} classes have fewer than {least} distinct rows",
}


def main() -> None:
    options = _parser().parse_args()
    order = Order(
        config=options.config,
        overrides=tuple(options.overrides),
        files=tuple(options.files),
        hub=_hub(options.hub) if options.hub else None,
        columns=options.columns,
        licence=options.licence,
        rules=Rules(options.most_rows, options.tokens, options.seed, _shares(options.shares), options.least_per_class),
        out=options.out,
    )
    facts = make_mini(order)
    _tell(facts)
    if options.report is not None:
        write_json(options.report, facts)


def _tell(facts: dict[str, Any]) -> None:
    read = facts["read"]
    print(f"{facts['source']} ({facts['kind']}): {read['rows']:,} rows could be read, {read['broken']:,} could not")
    for row in facts["broken"]:
        print(f"  {row['place']}: {row['why']}")
    print(f"  {read['exact_duplicates']} duplicates and {read['near_duplicates']} near-duplicates left out")
    for name, part in facts["splits"].items():
        print(f"  {name}: {part['rows']:,} rows, {part['tokens']:,} tokens")
    for found in facts["personal"]:
        print(f"  personal data: {found['kind']} in {found['texts']} rows, such as {', '.join(found['examples'])}")
    columns = facts["columns"]
    if not columns["clear"]:
        others = " | ".join(option["columns"] for option in columns["options"][1:])
        print(f"  the columns are a guess: {columns['chosen']}; they could be {others} (--columns)")
    for notice in facts["notices"]:
        print(f"  note: {NOTICES[notice['about']].format(**notice['fields'])}")
    print(f"train: python scripts/train.py --epochs 1 --config {facts['config']} {' '.join(facts['overrides'])}")


def _shares(words: str) -> dict[Any, float]:
    try:
        return {name: float(share) for name, _, share in (word.partition("=") for word in words.split(","))}
    except ValueError as error:
        raise ConfigError(f"--shares {words}: {error}", "say for example train=0.8,validation=0.1,test=0.1") from error


def _hub(words: str) -> tuple[str, str, str]:
    """Read `owner/name`, `owner/name:subset`, `owner/name:subset@split`."""
    named, _, split = words.partition("@")
    name, _, subset = named.partition(":")
    return name, subset, split or "train"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Make the mini dataset.")
    parser.add_argument("--config", type=Path, default=CONFIG, help=f"the run it is for (default: {CONFIG})")
    parser.add_argument(
        "--from",
        dest="files",
        type=Path,
        action="append",
        default=[],
        metavar="PATH",
        help="a file or folder of your own; may be repeated",
    )
    parser.add_argument("--hub", metavar="ID[:SUBSET][@SPLIT]", help="a dataset of the Hugging Face Hub, streamed")
    parser.add_argument("--columns", default="", help="what the columns hold: text=story,label=genre")
    parser.add_argument("--licence", default="", help="under which licence the data stands; written into the facts")
    usual = Rules()
    parser.add_argument("--most-rows", type=int, default=usual.most_rows)
    parser.add_argument("--tokens", type=int, default=usual.tokens, help="of all parts together")
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--shares", default=",".join(f"{name}={share}" for name, share in usual.shares.items()))
    parser.add_argument("--least-per-class", type=int, default=usual.least_per_class)
    parser.add_argument("--out", type=Path, default=OUT, help=f"folder of the result (default: {OUT})")
    parser.add_argument("--report", type=Path, help="write the facts there too, as JSON")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="dotted overrides of the config")
    return parser


if __name__ == "__main__":
    run(main)
