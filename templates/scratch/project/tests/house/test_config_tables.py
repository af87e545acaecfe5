"""The tables of configuration are those of the schema, in both languages."""

import importlib.util
from types import ModuleType

import pytest
import yaml

from scratch_llm.config import TrainConfig
from scratch_llm.config.explain import keys_of

from tests.architecture.checkout import ROOT
from tests.house.documents import LANGUAGES

pytestmark = pytest.mark.fast


@pytest.fixture(scope="module")
def tables() -> ModuleType:
    spec = importlib.util.spec_from_file_location("config_tables", ROOT / "docs" / "config_tables.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tables_are_current(tables: ModuleType, language: str) -> None:
    assert tables.page(language).read_text(encoding="utf-8") == tables.filled(language), "run `make docs`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tables_hold_every_key(tables: ModuleType, language: str) -> None:
    text = tables.page(language).read_text(encoding="utf-8")
    assert [
        key for key in keys_of(TrainConfig) if f"`{key}`" not in text and f"`{key.rpartition('.')[2]}`" not in text
    ] == []


def test_the_chinese_tables_translate_every_sentence_and_no_other(tables: ModuleType) -> None:
    said = yaml.safe_load((ROOT / "docs" / "config_zh.yaml").read_text(encoding="utf-8"))
    assert set(said) == set(tables.sentences())
