"""What the checkpoint answers without any server: to every fixed prompt, greedily and drawn with a seed.

python deploy/docker/offline_answers.py --checkpoint outputs/<experiment>/<timestamp>

The service must give the same answers (deploy/docker/ask_service.py answers): else it serves another model.
"""

import argparse
import json
from pathlib import Path

from scratch_llm.inference import SamplingParams, generate, load_backend

PROMPTS = Path(__file__).with_name("prompts.json")


def answers(checkpoint: Path, new_tokens: int, device: str) -> dict[str, str]:
    """One prompt after the other, as a single client would ask."""
    backend, tokenizer = load_backend(checkpoint, device=device)
    seen: dict[str, str] = {}
    for seed, text in enumerate(json.loads(PROMPTS.read_text(encoding="utf-8"))):
        for name, params in (
            (text, SamplingParams(max_new_tokens=new_tokens, temperature=0)),
            (f"{text} (seed {seed})", SamplingParams(max_new_tokens=new_tokens, temperature=1, seed=seed)),
        ):
            [answer] = generate(backend, tokenizer, [tokenizer.encode(text, bos=True)], params)
            seen[name] = answer.text
    return seen


def main() -> None:
    """Write the answers as JSON."""
    parser = argparse.ArgumentParser(description="Answer the fixed prompts without a server.")
    parser.add_argument("--checkpoint", type=Path, required=True, help="a run's folder or one of its checkpoints")
    parser.add_argument("--new-tokens", type=int, default=32, help="longest answer")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")
    parser.add_argument("--output", type=Path, required=True, help="file for the answers")
    options = parser.parse_args()
    text = json.dumps(answers(options.checkpoint, options.new_tokens, options.device), indent=1, ensure_ascii=False)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
