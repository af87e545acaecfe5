"""The project as it is passes every probe, whatever its config chooses."""

from pathlib import Path

import pytest

from scratch_llm.probes import PROBES, run_probes

TINY = Path(__file__).parents[1] / "training" / "tiny.yaml"
SFT = ["task=sft", "data.dataset_name=synthetic_instructions", "model.context_length=128"]
DPO = ["task=dpo", "start_from=nowhere", "data.dataset_name=synthetic_preferences", "model.context_length=128"]
MLA = [
    "model.attention=mla",
    "model.mla.kv_rank=8",
    "model.mla.nope_dim=8",
    "model.mla.rope_dim=8",
    "model.mla.v_dim=8",
]


@pytest.mark.parametrize(
    "overrides",
    [
        pytest.param([], id="char, dropout"),
        pytest.param(["model.feed_forward=moe", "model.moe.n_shared=1", "model.dropout=0"], id="moe"),
        pytest.param([*MLA, "tokenizer.kind=bpe"], id="mla"),
        pytest.param(["data.language=zh", "tokenizer.kind=sentencepiece", "tokenizer.vocab_size=800"], id="chinese"),
        pytest.param([*SFT, "tokenizer.kind=bpe"], id="sft"),
        pytest.param([*SFT, "data.packing=false", "training.accumulate=3"], id="sft, padded"),
        pytest.param(DPO, id="dpo"),
        pytest.param(["data.streaming=true", "data.val_share=0.2", "data.n_documents=80"], id="streaming"),
        pytest.param(["optimizer.name=muon", "scheduler.name=wsd", "model.tie_embeddings=false"], id="muon, untied"),
        pytest.param(["data.isolate_documents=false", "data.shuffle=false", "training.max_steps=0"], id="in order"),
    ],
)
def test_nothing_is_found(overrides: list[str]) -> None:
    findings = list(run_probes(TINY, overrides))
    assert [str(finding) for finding in findings if not finding.passed] == []
    assert [finding.name for finding in findings] == ["start", *(name for names in PROBES.values() for name in names)]
