"""One greedy answer on one thread, 16 tokens in and 256 out: every path that ships, against the peers' caches."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from scratch_llm.checkpoint import load_pretrained, save_model
from scratch_llm.inference import SamplingParams, generate
from scratch_llm.inference.load import BackendKind, load_backend
from scratch_llm.inference.onnx_export import export_onnx
from scratch_llm.tokenizers import Tokenizer, train_tokenizer

from benchmarks import peers
from benchmarks.measure import Contender, Result, compare

PROMPT, NEW = 16, 256
GREEDY = SamplingParams(max_new_tokens=NEW, temperature=0, ignore_eos=True)
SHIPPED: tuple[BackendKind, ...] = ("eager", "int8", "onnx", "onnx-int8")


def run(rounds: int) -> Result:
    """Tokens per CPU-second of one answer."""
    tokenizer = any_tokenizer()
    with tempfile.TemporaryDirectory() as folder:
        save_model(Path(folder), peers.ours(), tokenizer, None)
        export_onnx(load_pretrained(folder), Path(folder) / "onnx")
        ours = [Contender(f"ours, {kind}", _ours(Path(folder), kind), NEW) for kind in SHIPPED]
        contenders = [
            *ours,
            Contender("litgpt", _litgpt(), NEW),
            Contender("Hugging Face Llama", _hugging_face(), NEW),
        ]
        goal = "eager at least 1.3 of litgpt, the best path at least 2.5"
        return compare("decoding", contenders, unit="tokens per CPU-second", rounds=rounds, goal=goal)


def any_tokenizer() -> Tokenizer:
    """A tokenizer, since ours gives text where the peers give ids."""
    return train_tokenizer("bpe", ["the quick brown fox jumps over the lazy dog"], 300)


def prompt() -> torch.Tensor:
    """The ids [1, PROMPT] that everybody continues."""
    return torch.randint(8, 256, (1, PROMPT), generator=torch.Generator().manual_seed(0))


def _ours(folder: Path, kind: BackendKind) -> Callable[[], object]:
    backend, tokenizer = load_backend(
        folder / "onnx" if kind.startswith("onnx") else folder, kind, n_row=1, length=PROMPT + NEW
    )
    return lambda: generate(backend, tokenizer, prompt().tolist(), GREEDY)


def _litgpt() -> Callable[[], None]:
    model: Any = peers.litgpt().eval()
    model.max_seq_length = PROMPT + NEW

    @torch.inference_mode()
    def answer() -> None:
        model.set_kv_cache(batch_size=1)
        logits = model(prompt(), input_pos=torch.arange(PROMPT))
        for position in range(PROMPT, PROMPT + NEW - 1):
            token = logits[:, -1].argmax(-1, keepdim=True)
            logits = model(token, input_pos=torch.tensor([position]), input_pos_maxp1=position + 1)

    return answer


def _hugging_face() -> Callable[[], None]:
    model: Any = peers.hugging_face().eval()

    @torch.inference_mode()
    def answer() -> None:
        output = model(prompt(), use_cache=True, logits_to_keep=1)
        for _ in range(NEW - 1):
            token = output.logits[:, -1].argmax(-1, keepdim=True)
            output = model(token, past_key_values=output.past_key_values, use_cache=True)

    return answer
