"""Reading a config: overrides, interpolations, and every mistake told at once."""

from pathlib import Path
from typing import Any

import pytest

from scratch_llm.config import TrainConfig, experiment_name, load_config
from scratch_llm.config.explain import keys_of
from scratch_llm.utils.errors import ConfigError

pytestmark = pytest.mark.fast


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(text: str) -> Path:
        path = tmp_path / "run.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def problems(path: Path, *overrides: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(path, overrides)
    return str(caught.value)


def test_overrides_win_over_the_file_and_later_ones_over_earlier(write: Any) -> None:
    path = write("optimizer: {params: {lr: 1.0e-3}}\nmodel: {n_layer: 2}")
    config = load_config(path, ["optimizer.params.lr=1", "optimizer.params.lr=5e-5", "logging.sample_prompts=[a, b]"])
    assert config.optimizer.params.lr == 5e-5
    assert config.model.n_layer == 2
    assert config.logging.sample_prompts == ("a", "b")


def test_an_interpolation_takes_another_keys_value(write: Any) -> None:
    path = write("seed: 7\ndata:\n  seed: ${seed}\n  folder: data/${data.dataset_name}\n  dataset_name: local\n")
    data = load_config(path).data
    assert (data.seed, data.folder) == (7, Path("data/local"))


def test_a_value_is_never_called(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "hidden")
    message = problems(write("device: ${oc.env:SECRET}"))
    assert "device = '${oc.env:SECRET}' calls a resolver" in message
    assert "hidden" not in message


def test_all_mistakes_are_told_at_once_with_key_value_rule_and_guess(write: Any) -> None:
    path = write("model: {n_layr: 2, n_head: two, attention: gqaa}\nlr: 3\noptimizer: 3\n")
    message = problems(path, "training.bach_size=3", "training.epochs=-1")
    assert f"{path}: 7 problems" in message
    assert "model.n_layr: unknown key; did you mean model.n_layer?" in message
    assert "model.n_head = 'two': must be a valid integer" in message
    assert "model.attention = 'gqaa': must be 'mha', 'gqa' or 'mla'; did you mean 'gqa'?" in message
    assert "lr: unknown key; did you mean optimizer.params.lr?" in message
    assert "optimizer = 3: must be a section" in message
    assert "override training.bach_size: unknown key; did you mean training.batch_size?" in message
    assert "override training.epochs = -1: must be greater than 0" in message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("training: {batch_size: '8'}", "training.batch_size = '8': must be a valid integer"),
        ("training: {batch_size: true}", "training.batch_size = True: must be a valid integer"),
        ("training: {grad_clip: .inf}", "must be a finite number"),
        ("model: {d_model: 30, n_head: 4}", "model: d_model (30) must be an even multiple of n_head (4)"),
        ("zzzzz: 1", "zzzzz: unknown key; known here: task, seed"),
        ("optimizer: {params: {betas: [0.9, 1.5]}}", "must be less than 1"),
        ("seed: [1", "is not valid YAML"),
        ("seed: 1\nseed: 2", "is not valid YAML"),
        ("- a", "must hold keys and values"),
        ("seed: ${nowhere}", "Interpolation key 'nowhere' not found"),
        ("seed: ${seed}", "recursive"),
    ],
)
def test_a_mistake_is_named(write: Any, text: str, expected: str) -> None:
    assert expected.lower() in problems(write(text)).lower()


@pytest.mark.parametrize("override", ["seed", "=3", "a..b=1", "a b=1", "seed=[1"])
def test_an_override_must_be_an_assignment(write: Any, override: str) -> None:
    assert "override" in problems(write("seed: 1"), override)


def test_a_missing_file_names_those_beside_it(write: Any, tmp_path: Path) -> None:
    write("seed: 1")
    assert "run.yaml" in problems(tmp_path / "rum.yaml")
    assert "not a YAML file" in problems(tmp_path)


def test_a_missing_file_is_looked_for_in_the_folders_below_configs(tmp_path: Path) -> None:
    for name in ("pretrain/debug", "sft/debug_sft"):
        (tmp_path / "configs" / name).parent.mkdir(parents=True)
        (tmp_path / "configs" / f"{name}.yaml").write_text("seed: 1")
    assert f"did you mean {tmp_path / 'configs/pretrain/debug.yaml'}?" in problems(tmp_path / "configs" / "debgu.yaml")
    assert "sft/debug_sft.yaml" in problems(tmp_path / "configs" / "pretrain" / "nope.yaml")


@pytest.mark.parametrize("key", sorted(keys_of(TrainConfig)))
def test_a_slip_in_any_key_is_recognised(key: str, tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text("seed: 1")
    assert f"did you mean {key}?" in problems(tmp_path / "run.yaml", f"{key}x=1")


def test_an_experiment_is_named_after_its_file() -> None:
    assert experiment_name(Path("configs/sft/my_copy.yaml")) == "my_copy"


@pytest.mark.parametrize(
    "value", [r"${oc.${data.text_column}:SECRET}", r"\\${oc.env:SECRET}", r"a ${data.${oc.env:SECRET}}"]
)
def test_no_spelling_of_a_call_reads_the_environment(write: Any, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "hidden")
    message = problems(write(f"data: {{text_column: env}}\ndevice: '{value}'"))
    assert "calls a resolver" in message
    assert "hidden" not in message
