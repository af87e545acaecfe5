"""Let people rate answers without knowing whose they are.

python scripts/human_evaluation.py sheets --checkpoint sft=outputs/a --checkpoint dpo=outputs/b --raters ann,bob,lin
python scripts/human_evaluation.py verdict --key outputs/ratings/key.json filled/ann.csv filled/bob.csv filled/lin.csv

`sheets` asks all checkpoints the same prompts and writes a sheet for each rater (HTML and CSV; one of them is filled).
`verdict` reads filled sheets: means, winners with their certainty, and how far the raters agree.
"""

import argparse
from pathlib import Path

from pydantic import ValidationError

from scratch_llm.checkpoint import load_pretrained
from scratch_llm.config.explain import explain_flags
from scratch_llm.data.synthetic import story_prompts
from scratch_llm.evaluation.human import (
    RatingItem,
    judge,
    make_study,
    read_key,
    read_ratings,
    write_sheets,
)
from scratch_llm.inference import SamplingParams, generate
from scratch_llm.tokenizers import Message, encode_chat
from scratch_llm.utils.entry import run
from scratch_llm.utils.errors import ConfigError, DataError


def main() -> None:
    options = _parser().parse_args()
    options.command(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Let people rate answers without knowing whose they are.")
    commands = parser.add_subparsers(required=True)
    sheets = commands.add_parser("sheets", help="write blind rating sheets")
    sheets.set_defaults(command=_sheets)
    sheets.add_argument("--checkpoint", action="append", required=True, metavar="NAME=PATH", help="two or more")
    sheets.add_argument(
        "--prompts", type=Path, help="text file, one prompt per line; default: synthetic story requests"
    )
    sheets.add_argument("--limit", type=int, default=20, help="prompts, at most")
    sheets.add_argument("--raters", default="rater_1,rater_2", help="names, with commas between")
    sheets.add_argument("--language", choices=("en", "zh"), default="en", help="language of the sheets")
    sheets.add_argument(
        "--max-new-tokens", type=int, help="longest answer; default: 128, or what the context leaves after a prompt"
    )
    sheets.add_argument("--temperature", type=float, default=0.7)
    sheets.add_argument("--seed", type=int, default=0)
    sheets.add_argument("--output", type=Path, default=Path("outputs/ratings"))
    verdict = commands.add_parser("verdict", help="read filled sheets")
    verdict.set_defaults(command=_verdict)
    verdict.add_argument("--key", type=Path, required=True)
    verdict.add_argument("sheets", type=Path, nargs="+", help="filled sheets; the stem of a file names its rater")
    return parser


def _sheets(options: argparse.Namespace) -> None:
    prompts = _prompts(options)
    answers = {name: _answers(path, prompts, options) for name, path in map(_named, options.checkpoint)}
    items = [
        RatingItem(prompt, {name: texts[number] for name, texts in answers.items()})
        for number, prompt in enumerate(prompts)
    ]
    write_sheets(make_study(items, options.seed), options.output, options.raters.split(","), options.language)
    print(f"{len(items)} prompts, {len(answers)} answers each: {options.output}; keep key.json from the raters")


def _verdict(options: argparse.Namespace) -> None:
    verdict = judge(read_ratings(options.sheets, read_key(options.key)))
    verdict.save(options.key.parent)
    print(verdict.markdown())


def _named(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise ConfigError(f"--checkpoint '{text}' has no name", "write it like --checkpoint sft=outputs/my_sft")
    return name, Path(path)


def _prompts(options: argparse.Namespace) -> list[str]:
    if options.prompts is None:
        return list(story_prompts(options.limit, seed=options.seed, language=options.language))
    try:
        lines = options.prompts.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"prompts '{options.prompts}' cannot be read: {error}", "give a text file in UTF-8") from error
    return [line for line in lines if line.strip()][: options.limit]


def _answers(path: Path, prompts: list[str], options: argparse.Namespace) -> list[str]:
    model = load_pretrained(path)
    asked = [encode_chat(model.tokenizer, [Message("user", p)], add_generation_prompt=True).ids for p in prompts]
    context = model.model.config.context_length
    wishes = [_sampling(options, room=context - len(prompt)) for prompt in asked]
    return [answer.text for answer in generate(model.model, model.tokenizer, asked, wishes)]


def _sampling(options: argparse.Namespace, room: int) -> SamplingParams:
    longest = max(1, min(128, room)) if options.max_new_tokens is None else options.max_new_tokens
    try:
        return SamplingParams(max_new_tokens=longest, temperature=options.temperature, seed=options.seed)
    except ValidationError as error:
        raise explain_flags(error) from None


if __name__ == "__main__":
    run(main)
