"""A dumped config is the config."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scratch_llm.config import TrainConfig, dump_config, load_config


@settings(max_examples=20, deadline=None)  # a busy machine is no mistake
@given(
    prompts=st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]))
        | st.sampled_from(["a \\${b} ${c:d}", "\x85", "\u2028"])
    )
)
def test_a_dumped_config_reads_back_equal(prompts: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    config = TrainConfig.model_validate({"logging": {"sample_prompts": prompts}, "optimizer": {"params": {"lr": 1e-7}}})
    path = tmp_path_factory.getbasetemp() / "dumped.yaml"
    path.write_text(dump_config(config), encoding="utf-8")
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["seed"] == 0
    assert load_config(path) == config
