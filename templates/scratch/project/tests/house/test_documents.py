"""What a document names is there: its links, its files, its keys; and both languages say the same."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from scratch_llm.config import TrainConfig
from scratch_llm.config.explain import keys_of
from scratch_llm.config.serve import ServeConfig

from tests.architecture.checkout import ROOT, SOURCE, files, text_of, where
from tests.house.documents import LANGUAGES, READMES, blocks, documents, named, page, slug, without_blocks

LINK = re.compile(r"\]\((?!https?://|mailto:)([^)\s]+)\)")
EXTRA = re.compile(r"""(?:scratch-llm\[|['"]\.\[|install_command\(['"])([a-z,]+)['"\]]""")
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
# Made by running something, so not there in a fresh copy.
MADE = ("outputs/", "data/", "site/", "dist/", ".venv", "exports/", "reports/")
PAGES = sorted(path.name for path in (ROOT / "docs" / "en").glob("*.md"))


def test_every_link_between_documents_leads_somewhere() -> None:
    dead = []
    for path in documents():
        for target in LINK.findall(without_blocks(text_of(path))):
            name, _, anchor = target.partition("#")
            other = (path.parent / name) if name else path
            if not other.exists() or (anchor and anchor not in _anchors(other)):
                dead.append(f"{where(path)}: {target}")
    assert dead == []


def _anchors(path: Path) -> set[str]:
    return {slug(heading) for _, heading in HEADING.findall(without_blocks(text_of(path)))}


def test_every_file_that_a_document_names_is_there() -> None:
    tops = {path.name for path in ROOT.iterdir()} | {path.name for path in SOURCE.iterdir()}
    missing = []
    for path in documents():
        for name in named(path):
            name = name.partition("::")[0].partition(" ")[0]
            is_path = re.fullmatch(r"[\w./*{},-]+", name) and (name.endswith((".py", ".md", ".yaml")) or "/" in name)
            if not is_path or name.startswith(MADE) or name.endswith("...") or name.partition("/")[0] not in tops:
                continue
            patterns = [name] if "{" not in name else _expanded(name)
            if any(not [*ROOT.glob(one.rstrip("/"))] and not [*SOURCE.glob(one.rstrip("/"))] for one in patterns):
                missing.append(f"{where(path)}: {name}")
    assert missing == []


def _expanded(name: str) -> list[str]:
    """`a/{b,c}.py` as `a/b.py` and `a/c.py`."""
    match = re.search(r"\{([^}]*)\}", name)
    if not match:
        return [name]
    return [one for part in match[1].split(",") for one in _expanded(name.replace(match[0], part, 1))]


def test_every_config_key_that_a_document_names_is_one() -> None:
    keys = set(keys_of(TrainConfig)) | set(keys_of(ServeConfig))
    sections = {key for key in keys_of(TrainConfig) if "." not in key}
    unknown = [
        f"{where(path)}: {name}"
        for path in documents()
        for name in named(path)
        for key in [re.split(r"[=:]", name)[0].strip()]
        if re.fullmatch(r"[a-z_]+(?:\.[a-z_]+)+", key) and key.partition(".")[0] in sections and key not in keys
        if not key.endswith((".py", ".md", ".yaml", ".json", ".safetensors", ".onnx"))
    ]
    assert unknown == []


def test_every_python_block_of_a_document_is_python() -> None:
    for path in documents():
        for code in blocks(path, "python"):
            compile(code, where(path), "exec")


def test_every_yaml_block_of_a_document_is_yaml() -> None:
    for path in documents():
        for code in blocks(path, "yaml"):
            yaml.safe_load(code)


def test_both_languages_have_the_same_pages() -> None:
    assert sorted(path.name for path in (ROOT / "docs" / "zh").glob("*.md")) == PAGES
    navigation = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]
    assert sorted(name for entry in navigation for name in entry.values()) == PAGES


def _skeleton(path: Path) -> dict[str, object]:
    """What must be the same in every language: the order of headings, the code, the links, the rows of tables."""
    plain = without_blocks(text_of(path))
    return {
        "headings": [marks for marks, _ in HEADING.findall(plain)],
        "commands": [[line.partition(" #")[0].strip() for line in code.splitlines()] for code in blocks(path, "bash")],
        "code": [len(blocks(path, language)) for language in ("python", "yaml", "json", "text")],
        "links": sorted(
            re.sub(r"README(?:\.\w\w)?\.md|#.*|(?<=docs/)(?:en|zh)", "", target) for target in LINK.findall(plain)
        ),
        "rows": len(re.findall(r"^\|", plain, re.MULTILINE)),
        "items": len(re.findall(r"^ *(?:-|\d+\.) ", plain, re.MULTILINE)),
        "directives": re.findall(r"^::: .*$", plain, re.MULTILINE),
    }


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_the_same_in_both_languages(name: str) -> None:
    assert _skeleton(page("en", name)) == _skeleton(page("zh", name))


@pytest.mark.parametrize("name", PAGES)
def test_a_chinese_page_is_a_translation_and_no_stub(name: str) -> None:
    english, chinese = (
        re.sub(r"^(?::::|    ).*$", "", without_blocks(page(language, name).read_text("utf-8")), flags=re.MULTILINE)
        for language in LANGUAGES
    )
    n_word = len(re.findall(r"[A-Za-z]{2,}", re.sub(r"`[^`]*`|\([^)]*\)", "", english)))
    n_character = len(re.findall(r"[\u4e00-\u9fff]", chinese))
    assert n_character > n_word, f"{n_character} Chinese characters for {n_word} English words"


def test_the_readme_says_the_same_in_both_languages() -> None:
    one, other = READMES
    assert _skeleton(one) == _skeleton(other)


def test_each_readme_leads_to_the_other_one() -> None:
    for one, other in (READMES, READMES[::-1]):
        assert f"]({other.name})" in one.read_text(encoding="utf-8")


def test_the_extras_that_are_named_exist() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    texts = [path for path in files() if path.suffix in (".py", ".md", ".toml") or path.name == "Makefile"]
    found = {
        extra for path in texts for one in EXTRA.findall(path.read_text(encoding="utf-8")) for extra in one.split(",")
    }
    assert found
    assert found <= {*extras, "extra"} - {"extra"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_document_of_the_site_asks_for_something_outside(language: str) -> None:
    for path in (ROOT / "docs" / language).glob("*.md"):
        text = path.read_text(encoding="utf-8")
        assert not re.findall(r"!\[[^\]]*\]\(https?://|```mermaid|<(?:script|img|link)[ >]", text), where(path)
