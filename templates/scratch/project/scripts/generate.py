"""Let a model write.

python scripts/generate.py --checkpoint outputs/<experiment>/<timestamp> --prompt "Once upon a time" --temperature 0.8
python scripts/generate.py --checkpoint ... --chat "Tell me a story." --backend int8
"""

import argparse
from pathlib import Path

from pydantic import ValidationError

from scratch_llm.config.explain import explain_flags
from scratch_llm.inference import BACKENDS, SamplingParams, generate, load_backend
from scratch_llm.tokenizers import Message, Tokenizer, encode_chat
from scratch_llm.utils.entry import run


def main() -> None:
    options = _parser().parse_args()
    params = _sampling(options)
    backend, tokenizer = load_backend(options.checkpoint, options.backend, device=options.device)
    ids = _ids(tokenizer, options)
    if options.max_new_tokens is None:
        room = max(1, backend.context_length - len(ids))
        params = params.model_copy(update={"max_new_tokens": min(params.max_new_tokens, room)})
    if options.prompt is not None and options.echo:
        print(options.prompt, end="")
    [answer] = generate(backend, tokenizer, [ids], params, on_text=_show)
    print(f"\n[{len(answer.token_ids)} tokens, {answer.finish_reason}]")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Let a model write.")
    parser.add_argument("--checkpoint", type=Path, required=True, help="a run, a model folder, or an exported model")
    wish = parser.add_mutually_exclusive_group(required=True)
    wish.add_argument("--prompt", help="text to continue")
    wish.add_argument("--chat", help="what a user says; the model answers as the assistant")
    parser.add_argument("--system", help="what the system says before the user")
    parser.add_argument("--echo", action="store_true", help="print the prompt before its continuation")
    parser.add_argument("--backend", choices=BACKENDS, default="eager", help="what computes")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")
    sampling = parser.add_argument_group("sampling")
    for name, field in SamplingParams.model_fields.items():
        flag = f"--{name.replace('_', '-')}"
        if name == "stop":
            sampling.add_argument(flag, action="append", help=f"{field.description}; may be given several times")
        elif name == "ignore_eos":
            sampling.add_argument(flag, action="store_const", const=True, help=field.description)
        else:
            sampling.add_argument(flag, help=f"{field.description}; default: {field.default}")
    return parser


def _sampling(options: argparse.Namespace) -> SamplingParams:
    given = {name: getattr(options, name) for name in SamplingParams.model_fields}
    try:
        return SamplingParams.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise explain_flags(error) from None


def _ids(tokenizer: Tokenizer, options: argparse.Namespace) -> list[int]:
    if options.prompt is not None:
        return tokenizer.encode(options.prompt, bos=True)
    messages = [Message("system", options.system)] if options.system else []
    return encode_chat(tokenizer, [*messages, Message("user", options.chat)], add_generation_prompt=True).ids


def _show(_: int, text: str) -> None:
    print(text, end="", flush=True)


if __name__ == "__main__":
    run(main)
