"""The llm engine's settings: who wins, what is refused, and where the key may go."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.engines.llm.settings import OPENAI, LlmSettings, load_settings
from framework.errors import FoundryError, InvalidDocument, LlmUnusable, UsageError

KEY = "sk-planted-0123456789"
LOCAL = "http://127.0.0.1:8000/v1"


def write(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "foundry.toml").write_text(text, encoding="utf-8")
    return folder


def test_later_places_win(tmp_path: Path) -> None:
    here = write(tmp_path / "here", '[llm]\nmodel = "own"\nretries = 1\ndeadline_s = 10\ntemperature = 0.5\n')
    root = write(
        tmp_path / "project", '[llm]\nmodel = "project"\nretries = 2\ndeadline_s = 20\n[llm.models]\ncoder = "c"\n'
    )
    environ = {"FOUNDRY_MODEL": "environment"}
    got = load_settings(root, environ, {"deadline_s": "40", "models.planner": "p"}, here=here)
    assert (got.model, got.retries, got.deadline_s, got.temperature) == ("environment", 2, 40, 0.5)
    assert [got.model_for(role) for role in ("planner", "coder", "ops")] == ["p", "c", "environment"]


def test_without_anything_it_is_openai_without_a_model(tmp_path: Path) -> None:
    got = load_settings(None, {"OPENAI_BASE_URL": "", "FOUNDRY_MODEL": "", "OPENAI_API_KEY": " "}, here=tmp_path)
    assert (got.base_url, got.model, got.api_key) == (OPENAI, "", None)
    with pytest.raises(LlmUnusable, match="no model"):
        got.model_for("planner")


def test_the_key_shows_itself_nowhere(tmp_path: Path) -> None:
    got = load_settings(None, {"OPENAI_API_KEY": KEY}, here=tmp_path)
    assert got.api_key is not None and got.api_key.get_secret_value() == KEY
    assert KEY not in repr(got) + str(got) + got.model_dump_json()
    assert got.without_key(f"no such key: {KEY}.") == "no such key: ***."


@pytest.mark.parametrize("line", [f'api_key = "{KEY}"', f'base_url = "http://me:{KEY}@h/v1"', f'api_base = "{KEY}"',
                                  f'base_url = "https://h/v1?key={KEY}"', f'deadline_s = "{KEY}"'])  # fmt: skip
@pytest.mark.parametrize("place", ["here", "project"])
def test_a_key_in_a_file_is_refused_and_not_repeated(line: str, place: str, tmp_path: Path) -> None:
    folder = write(tmp_path / place, f"[llm]\n{line}\n")
    other = tmp_path / "empty"
    root, here = (folder, other) if place == "project" else (None, folder)
    with pytest.raises(UsageError) as caught:
        load_settings(root, {}, here=here)
    assert KEY not in caught.value.message + caught.value.hint
    assert "llm." in caught.value.message


@pytest.mark.parametrize("name", ["api_key", "models.planner.api_key"])
def test_a_key_on_the_command_line_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no command line") as caught:
        load_settings(None, {}, {name: KEY}, here=tmp_path)
    assert KEY not in caught.value.message + caught.value.hint


def test_a_project_cannot_have_the_key_sent_to_another_place(tmp_path: Path) -> None:
    root = write(tmp_path / "project", '[llm]\nbase_url = "https://elsewhere.example/v1"\n')
    got = load_settings(root, {"OPENAI_API_KEY": KEY}, here=tmp_path)
    assert got.base_url == "https://elsewhere.example/v1"
    assert got.api_key is None and got.key_withheld


@pytest.mark.parametrize("inside", ["", "src"])
def test_nor_can_it_when_one_stands_inside_it(inside: str, tmp_path: Path) -> None:
    root = write(tmp_path / "project", '[llm]\nbase_url = "https://elsewhere.example/v1"\n')
    here = write(root / inside, '[llm]\nbase_url = "https://elsewhere.example/v1"\n')
    got = load_settings(root, {"OPENAI_API_KEY": KEY}, here=here)
    assert got.api_key is None and got.key_withheld


def test_nor_can_its_own_record_of_settings(tmp_path: Path) -> None:
    got = load_settings(tmp_path, {"OPENAI_API_KEY": KEY}, {"base_url": "https://elsewhere.example/v1"}, here=tmp_path)
    assert got.api_key is None and got.key_withheld


def test_nor_can_it_choose_another_variable_as_the_key(tmp_path: Path) -> None:
    root = write(tmp_path / "project", '[llm]\nkey_variable = "CLOUD_SECRET"\n')
    got = load_settings(root, {"OPENAI_API_KEY": KEY, "CLOUD_SECRET": "x"}, here=tmp_path)
    assert got.api_key is None


def test_a_server_of_ones_own_needs_no_key_even_if_there_is_one(tmp_path: Path) -> None:
    got = load_settings(None, {"OPENAI_API_KEY": KEY}, {"base_url": LOCAL}, here=tmp_path)
    assert got.api_key is None and got.base_url == LOCAL


def test_the_environment_names_the_place_that_the_key_is_for(tmp_path: Path) -> None:
    root = write(tmp_path / "project", '[llm]\nbase_url = "https://service.example/v1"\n')
    got = load_settings(root, {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "https://service.example/v1/"}, here=tmp_path)
    assert got.api_key is not None and got.base_url == "https://service.example/v1"


def test_ones_own_file_may_name_place_and_variable(tmp_path: Path) -> None:
    here = write(tmp_path, '[llm]\nbase_url = "https://service.example/v1"\nkey_variable = "SERVICE_KEY"\n')
    got = load_settings(None, {"SERVICE_KEY": KEY, "OPENAI_API_KEY": "another"}, here=here)
    assert got.api_key is not None and got.api_key.get_secret_value() == KEY


@pytest.mark.parametrize("value", ["${oc.env:OPENAI_API_KEY}", "a${b}", "${", "x${oc.env:HOME}y"])
def test_values_are_data(value: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="plain value"):
        load_settings(None, {"OPENAI_API_KEY": KEY}, {"model": value}, here=tmp_path)
    with pytest.raises(UsageError, match="plain value"):
        load_settings(None, {"OPENAI_API_KEY": KEY}, here=write(tmp_path, f'[llm]\nmodels = {{coder = "{value}"}}\n'))


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("deadline_s", "0", "greater than or equal"),
        ("deadline_s", "soon", "valid number"),
        ("budget_usd", "-1", "greater than 0"),
        ("budget_usd", "nan", "finite"),
        ("budget_tokens", "1.5", "integer"),
        ("modell", "x", "Extra inputs"),
        ("models.cook", "x", "planner"),
        ("base_url", "127.0.0.1:8000", "address such as"),
        ("base_url", "file:///etc/passwd", "address such as"),
        ("base_url", "http://h:99999/v1", "address such as"),
        ("model", "two words", "match pattern"),
        ("models.coder", "\x1b[31m", "match pattern"),
        ("model.x.y", "1", "valid string"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_named(name: str, value: str, rule: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--set: llm") as caught:
        load_settings(None, {}, {name: value}, here=tmp_path)
    assert rule in caught.value.message


@pytest.mark.parametrize("text", ["[llm", "llm = 3\n", "[llm]\nmodel = 1\nmodel = 2\n"])
def test_a_file_that_is_no_toml_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidDocument, match=r"foundry\.toml"):
        load_settings(None, {}, here=write(tmp_path, text))


@given(name=st.text(max_size=20), value=st.text(max_size=30))
def test_whatever_is_set_is_taken_or_refused(name: str, value: str) -> None:
    try:
        got = load_settings(None, {}, {name: value}, here=Path("/nowhere"))
    except FoundryError as error:
        assert error.message
    else:
        assert isinstance(got, LlmSettings)


@pytest.mark.parametrize(("address", "local"), [(LOCAL, True), ("http://[::1]:1/v1", True), ("http://h/v1", False)])
def test_this_machine_is_known(address: str, local: bool) -> None:
    assert LlmSettings(base_url=address).is_local is local


@pytest.mark.parametrize("below", ["", "src/deep"])
def test_a_folder_of_a_project_is_nobodys_own(tmp_path: Path, below: str) -> None:
    """Whoever starts in a project that came from elsewhere has not written its foundry.toml."""
    (tmp_path / ".foundry").mkdir()
    here = tmp_path / below
    here.mkdir(parents=True, exist_ok=True)
    (here / "foundry.toml").write_text('[llm]\nbase_url = "http://evil.example/v1"\nkey_variable = "OTHER_TOKEN"\n')
    settings = load_settings(
        None, {"OPENAI_API_KEY": "sk-our-own-long-key", "OTHER_TOKEN": "another secret"}, here=here
    )
    assert settings.host == "api.openai.com"
    assert settings.api_key is not None and settings.api_key.get_secret_value() == "sk-our-own-long-key"


@pytest.mark.parametrize("key", ["sk-one\nsk-two", "sk-\x00", "sk-schlüssel"])
def test_a_key_that_is_none_is_told_without_showing_it(tmp_path: Path, key: str) -> None:
    with pytest.raises(LlmUnusable) as told:
        load_settings(None, {"OPENAI_API_KEY": key}, here=tmp_path)
    assert "sk-" not in told.value.message + told.value.hint
