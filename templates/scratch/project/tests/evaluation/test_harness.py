"""Tasks, scores and their provenance; the lm-evaluation-harness adapter over its request shapes."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scratch_llm.checkpoint import Pretrained
from scratch_llm.config.load import load_section
from scratch_llm.data.synthetic import accepts, stories
from scratch_llm.evaluation import EvaluationConfig, Harness, perplexity
from scratch_llm.evaluation.examples import read_answers, read_choices, story_endings
from scratch_llm.evaluation.lm_eval_model import LMEvalRequests
from scratch_llm.utils.errors import ConfigError, DataError
from scratch_llm.utils.files import sha256

CONFIGS = Path(__file__).parents[2] / "configs" / "evaluation"
SYNTHETIC = {"seed": 9, "n_documents": 12}


def config(*tasks: dict[str, Any]) -> EvaluationConfig:
    return EvaluationConfig.model_validate({"device": "cpu", "n_resample": 50, "tasks": tasks})


def test_all_kinds_of_tasks_give_scores_with_their_provenance(
    checkpoint: Path, tiny: Pretrained, tmp_path: Path
) -> None:
    (tmp_path / "q.jsonl").write_text('{"prompt": "2 + 2 =", "choices": [" 3", " 4"], "answer": 1}\n')
    chats = {"dataset_name": "synthetic_instructions", **SYNTHETIC}
    evaluation = Harness(
        config(
            {"name": "texts", "kind": "perplexity", "data": SYNTHETIC, "limit": 4},
            {"name": "endings", "kind": "multiple_choice", "data": SYNTHETIC, "metrics": ["accuracy", "macro_f1"]},
            {"name": "file", "kind": "multiple_choice", "data": SYNTHETIC, "questions": tmp_path / "q.jsonl"},
            {"name": "short", "kind": "answers", "data": chats, "chat": True, "max_new_tokens": 4},
            {"name": "told", "kind": "stories", "data": SYNTHETIC, "limit": 3, "max_new_tokens": 8},
            {
                "name": "itself",
                "kind": "preference",
                "data": {"dataset_name": "synthetic_preferences", **SYNTHETIC},
                "against": checkpoint,
                "limit": 3,
                "max_new_tokens": 8,
            },
        )
    ).run(checkpoint)
    expected = perplexity(tiny.model, tiny.tokenizer, list(stories(12, seed=9))[:4])
    assert evaluation.value("texts", "perplexity") == pytest.approx(expected.perplexity, rel=1e-4)
    assert evaluation.value("texts", "bits_per_byte") == pytest.approx(expected.bits_per_byte, rel=1e-4)
    assert evaluation.value("told", "accepted") == 0.0
    assert evaluation.value("itself", "win_rate") == 0.5
    by_name = {(score.task, score.metric): score for score in evaluation.scores}
    for score in evaluation.scores:
        assert score.low <= score.value <= score.high
        assert score.provenance.tokenizer == tiny.tokenizer.fingerprint
        assert score.provenance.checkpoint == sha256(checkpoint / "model.safetensors")
    assert by_name["short", "exact_match"].provenance.chat_template == "roles-v1"
    assert by_name["short", "exact_match"].provenance.normalisation is not None
    assert by_name["texts", "perplexity"].provenance.chat_template is None
    assert sha256(tmp_path / "q.jsonl")[:16] in by_name["file", "accuracy"].provenance.dataset

    evaluation.save(tmp_path / "results")
    saved = json.loads((tmp_path / "results" / "evaluation.json").read_text(encoding="utf-8"))
    assert len(saved["scores"]) == len(evaluation.scores)
    assert "| itself | win_rate | 0.5 |" in (tmp_path / "results" / "evaluation.md").read_text(encoding="utf-8")


@pytest.mark.fast
@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_configs_are_valid_and_ask_for_held_out_data(path: Path) -> None:
    assert all(task.data.seed != 0 for task in load_section(EvaluationConfig, path).tasks)


@pytest.mark.fast
def test_an_unknown_metric_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "e.yaml"
    path.write_text("tasks: [{name: x, kind: perplexity, data: {}, metrics: [perplexety]}]")
    with pytest.raises(ConfigError, match="perplexety"):
        load_section(EvaluationConfig, path)


@pytest.mark.parametrize("language", ["en", "zh", "mixed"])
def test_only_the_right_ending_makes_a_story_of_the_grammar(language) -> None:
    told = list(stories(20, seed=3, language=language))
    examples = story_endings(told, language, 3, seed=0)
    assert len(examples) > 10
    for example in examples:
        fits = [accepts(example.prompt + choice, language) for choice in example.choices]
        assert fits == [place == example.answer for place in range(3)]
    assert {example.answer for example in examples} == {0, 1, 2}


@pytest.mark.fast
@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "is not JSON"),
        ("[1]", "has no text 'prompt'"),
        ('{"prompt": "p", "choices": ["a"], "answer": 0}', "at least two texts"),
        ('{"prompt": "p", "choices": ["a", "b"], "answer": 2}', "must be 0 to 1"),
        ('{"prompt": "p", "choices": ["a", "b"], "answer": true}', "must be 0 to 1"),
    ],
)
def test_a_wrong_question_is_named_by_its_line(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"prompt": "p", "choices": ["a", "b"], "answer": 0}\n\n' + line, encoding="utf-8")
    with pytest.raises(DataError, match="line 3") as error:
        read_choices(path)
    assert problem in error.value.message


@pytest.mark.fast
def test_answers_are_read_and_a_missing_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"prompt": "p", "answers": ["a", "b"]}', encoding="utf-8")
    assert read_answers(path)[0].references == ("a", "b")
    with pytest.raises(DataError, match="cannot be read"):
        read_answers(tmp_path / "none.jsonl")


@dataclass
class Asked:
    """A request as lm-evaluation-harness gives it."""

    args: tuple[Any, ...]


def test_the_adapter_answers_all_kinds_of_requests(tiny: Pretrained) -> None:
    adapter = LMEvalRequests(tiny)
    text = "Once upon a time there was a fox. " * 8
    [(joint, _)] = adapter.loglikelihood([Asked(("Once upon", " a time"))])
    [(empty, _)] = adapter.loglikelihood([Asked(("", "Once upon"))])
    [whole, long] = adapter.loglikelihood_rolling([Asked(("Once upon a time",)), Asked((text,))])
    assert whole == pytest.approx(joint + empty, rel=1e-5)
    assert long < whole
    [answer, cut] = adapter.generate_until(
        [Asked((text, {"until": [], "max_gen_toks": 6})), Asked(("Once", {"until": ["e", "a", " "]}))]
    )
    assert answer
    assert not set(cut) & {"e", "a", " "}


def test_a_question_longer_than_the_context_is_cut_at_its_beginning_and_told(
    checkpoint: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    questions = [{"prompt": prompt, "answers": ["x"]} for prompt in ("a dog \u2028" * 100, "a dog")]
    (tmp_path / "q.jsonl").write_text(
        "\n".join(json.dumps(row, ensure_ascii=False) for row in questions), encoding="utf-8"
    )
    task = {
        "name": "long",
        "kind": "answers",
        "data": SYNTHETIC,
        "questions": tmp_path / "q.jsonl",
        "max_new_tokens": 4,
    }
    evaluation = Harness(config(task)).run(checkpoint)
    assert evaluation.scores[0].n_example == 2
    assert "1 prompts do not fit into 48 tokens; the model sees their last 44" in caplog.text
