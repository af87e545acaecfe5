"""Prepare a run's data: tokenizer, deduplication, split, shards, checks, data card.

python scripts/prepare_data.py --config configs/pretrain/debug.yaml [--against benchmark.jsonl] [key=value ...]

Training does the first four by itself; here they are done beforehand, and the data is looked at. It can be stopped at
any time and goes on where it was.
"""

import argparse
import json
from pathlib import Path

from scratch_llm.config import load_config
from scratch_llm.data import DataModule, tokenizer_for
from scratch_llm.data.describe import check_contamination, write_card
from scratch_llm.utils.entry import run
from scratch_llm.utils.errors import ConfigError
from scratch_llm.utils.files import write_json


def main() -> None:
    options = _parser().parse_args()
    config = load_config(options.config, options.overrides)
    if config.data.streaming:
        raise ConfigError("data.streaming=true prepares nothing", "set data.streaming=false to prepare shards")
    data = DataModule(config, tokenizer_for(config), context_length=config.model.context_length)
    data.prepare()
    data.setup()
    report = data.report()
    folder = Path(report["folder"])
    report["contamination"] = check_contamination(config, folder, options.against)
    report["card"] = str(write_card(config, folder, report, report["contamination"]))
    print(json.dumps(report, indent=2, ensure_ascii=False))
    if options.report is not None:
        write_json(options.report, report)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Tokenize a run's data once, check it and write its card.")
    parser.add_argument("--config", type=Path, required=True, help="YAML file below configs/")
    parser.add_argument("--against", type=Path, help="evaluation documents that training must not hold")
    parser.add_argument("--report", type=Path, help="write the report there too, as JSON")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="dotted overrides of the config")
    return parser


if __name__ == "__main__":
    run(main)
