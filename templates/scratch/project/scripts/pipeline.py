"""The whole way in one run: pretrain -> sft -> dpo -> evaluate -> generate -> serve, on one CPU core and offline.

python scripts/pipeline.py                        # about two minutes of CPU time
python scripts/pipeline.py --output outputs/mine --pretrain-steps 1000 --sft-steps 500 --n-prompt 400

DPO learns from the sft model's own answers, ranked by the grammar's judge. Each model is measured with that grammar on
other requests, and a table of before and after ends the run. The exit code is 1 if the interval of accepted sentences
after pretrain or sft does not lie above that of a fresh model, if dpo lowers the share, or if the interval of its win
rate reaches down to 0.5.
"""

import argparse
import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import torch

from scratch_llm.checkpoint import load_pretrained, read_model_config, resolve, save_model
from scratch_llm.config import load_config
from scratch_llm.config.serve import ServeConfig
from scratch_llm.data.synthetic import story_prompts
from scratch_llm.evaluation import Evaluation, EvaluationConfig, Harness, Score
from scratch_llm.evaluation.ranking import write_ranked_answers
from scratch_llm.evaluation.results import markdown_table
from scratch_llm.inference import SamplingParams, generate
from scratch_llm.models import Decoder
from scratch_llm.tokenizers import Message, encode_chat, load_tokenizer
from scratch_llm.training import train
from scratch_llm.utils.entry import run
from scratch_llm.utils.files import write_text

_PROJECT = Path(__file__).parents[1]
_REQUEST = "Write a story about a fox who finds a kite."
_ANSWER_TOKENS = 96  # room for nearly every story; with the request it fits into the debug models
_TEMPERATURE = 0.5  # of the samples that are measured


class Stages(NamedTuple):
    """The folder of each model, in the order of their making."""

    untrained: Path
    pretrain: Path
    sft: Path
    dpo: Path


def main() -> int:
    options = _parser().parse_args()
    stages = _train_all(options)
    evaluations = _evaluate(stages, options.n_sample)
    table, is_better = _table(evaluations)
    answer = _generate(stages.dpo)
    served = _serve(stages.dpo)
    print(f"\n> {_REQUEST}\n{answer}\n\nserved the same answer: {served == answer}\n\n{table}\n")
    write_text(options.output / "pipeline.md", f"# Before and after\n\n{table}\n")
    return 0 if is_better and served == answer else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Pretrain, sft, dpo, evaluate, generate and serve in one run.")
    parser.add_argument("--output", type=Path, default=Path("outputs/pipeline"), help="where everything goes")
    parser.add_argument("--pretrain-steps", type=int, default=240)
    parser.add_argument("--sft-steps", type=int, default=200)
    parser.add_argument("--dpo-steps", type=int, default=50)
    parser.add_argument("--n-sample", type=int, default=100, help="stories that each model tells to be measured")
    parser.add_argument("--n-prompt", type=int, default=150, help="requests that the sft model answers to be ranked")
    parser.add_argument("--seed", type=int, default=0, help="seed of weights, training and ranked answers")
    return parser


def _train_all(options: argparse.Namespace) -> Stages:
    pretrain = _train(options, "pretrain/debug.yaml", options.pretrain_steps)
    sft = _train(options, "sft/debug_sft_on_tiny_story.yaml", options.sft_steps, f"start_from={pretrain}")
    pairs = _rank(sft, options)
    own_answers = ("data.dataset_name=local", f"data.path={pairs}", "data.deduplicate=false")
    dpo = _train(options, "dpo/debug_dpo.yaml", options.dpo_steps, f"start_from={sft}", *own_answers)
    return Stages(_fresh(options.output / "untrained", pretrain), pretrain, sft, dpo)


def _train(options: argparse.Namespace, config: str, n_step: int, *more: str) -> Path:
    overrides = [
        f"seed={options.seed}",
        "training.batch_size=8",  # many small steps learn more from few tokens
        f"training.max_steps={n_step}",
        f"training.eval_every={n_step}",
        f"training.save_every={n_step}",
        "training.eval_batches=8",
        "logging.sample_prompts=[]",
        "logging.every=20",
        f"output_folder={options.output}",
        f"data.folder={options.output / 'data'}",
        *more,
    ]
    name = Path(config).parts[0]
    return resolve(train(load_config(_PROJECT / "configs" / config, overrides), experiment=name).folder, "last")


def _rank(sft: Path, options: argparse.Namespace) -> Path:
    """Let the sft model answer requests several times, and the judge choose: pairs for dpo."""
    path: Path = options.output / "preferences.jsonl"
    prompts = list(story_prompts(options.n_prompt, seed=options.seed))
    n = write_ranked_answers(
        path, load_pretrained(sft), prompts, n_answer=4, max_new_tokens=_ANSWER_TOKENS, seed=options.seed
    )
    print(f"{n} pairs of the sft model's own answers, ranked by the judge: {path}")
    return path


def _fresh(folder: Path, trained: Path) -> Path:
    """A model of the same shape that has learned nothing."""
    torch.manual_seed(0)
    save_model(folder, Decoder(read_model_config(trained)), load_tokenizer(trained / "tokenizer"))
    return folder


def _evaluate(stages: Stages, n_sample: int) -> dict[str, Evaluation]:
    """Measure the models that continue text by stories without a prompt, those that answer by requests."""
    free: dict[str, Any] = {"name": "free stories", "kind": "stories", "data": {"seed": 1_000_003}}
    asked: dict[str, Any] = {
        "name": "asked stories",
        "kind": "stories",
        "chat": True,
        "data": {"dataset_name": "synthetic_instructions", "seed": 1_000_003, "n_documents": 2 * n_sample},
    }
    duel: dict[str, Any] = {
        "name": "against sft",
        "kind": "preference",
        "against": stages.sft,
        "data": {"dataset_name": "synthetic_preferences", "seed": 1_000_003, "n_documents": n_sample},
    }
    tasks = {"untrained": [free, asked], "pretrain": [free], "sft": [asked], "dpo": [asked, duel]}
    limits = {"limit": n_sample, "max_new_tokens": _ANSWER_TOKENS, "temperature": _TEMPERATURE}
    return {
        stage: Harness(EvaluationConfig.model_validate({"tasks": [task | limits for task in tasks[stage]]})).run(path)
        for stage, path in stages._asdict().items()
    }


def _table(evaluations: dict[str, Evaluation]) -> tuple[str, bool]:
    """Lay out what was before and after each stage, and say whether all of it became better."""

    def score(stage: str, task: str, metric: str) -> Score:
        return next(s for s in evaluations[stage].scores if (s.task, s.metric) == (task, metric))

    steps = (
        ("pretrain", "untrained", "free stories"),
        ("sft", "untrained", "asked stories"),
        ("dpo", "sft", "asked stories"),
    )
    rows, is_better = [], True
    for stage, earlier, task in steps:
        for metric, what in (("accepted_sentences", "sentences"), ("accepted", "whole stories")):
            before, after = score(earlier, task, metric), score(stage, task, metric)
            rows.append((f"{stage}: {what} of {task} that the grammar accepts", _shown(before), _shown(after)))
            if metric == "accepted_sentences":
                # DPO is made for wins: of sentences it must not lose more than chance explains.
                is_better &= after.high >= before.low if stage == "dpo" else after.low > before.high
    win = score("dpo", "against sft", "win_rate")
    rows.append(("dpo: wins against sft by the judge", "0.5 (equal)", _shown(win)))
    header = (f"measure, of samples at temperature {_TEMPERATURE}", "before", "after")
    return markdown_table(header, rows), is_better and win.low > 0.5


def _shown(score: Score) -> str:
    return f"{score.value:.3f} ({score.low:.3f} to {score.high:.3f})"


def _generate(path: Path) -> str:
    model = load_pretrained(path)
    prompt = encode_chat(model.tokenizer, [Message("user", _REQUEST)], add_generation_prompt=True).ids
    params = SamplingParams(max_new_tokens=_ANSWER_TOKENS, temperature=0)
    return generate(model.model, model.tokenizer, [prompt], params)[0].text


def _serve(path: Path) -> str:
    """Ask the server for the same answer, over HTTP."""
    message = {"role": "user", "content": _REQUEST}
    question = {
        "model": ServeConfig().model_name,
        "messages": [message],
        "max_tokens": _ANSWER_TOKENS,
        "temperature": 0,
    }
    with _server(path) as address:
        request = urllib.request.Request(
            f"{address}/v1/chat/completions",
            data=json.dumps(question).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as reply:
            answer: str = json.load(reply)["choices"][0]["message"]["content"]
    return answer


@contextmanager
def _server(path: Path) -> Iterator[str]:
    """Start the server on a free port, and stop it in the end."""
    command = [sys.executable, str(_PROJECT / "scripts" / "serve.py"), "--checkpoint", str(path), "port=0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield _address(process)
        finally:
            process.send_signal(signal.SIGTERM)


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if '"listening"' in line:
            event = json.loads(line)
            return f"http://{event['host']}:{event['port']}"
    raise SystemExit("the server ended before it listened")


if __name__ == "__main__":
    run(main)
