"""A tokenizer is the same after saving, in another process, and after training again."""

import multiprocessing
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import tokenizers as library
from tokenizers import normalizers, pre_tokenizers

from scratch_llm.tokenizers import Tokenizer, load_tokenizer, train_tokenizer
from scratch_llm.tokenizers.library import BPETokenizer
from scratch_llm.utils.errors import ConfigError, DataError

from tests.tokenizers.samples import KINDS, TEXTS


@pytest.mark.fast
def test_a_saved_tokenizer_encodes_alike(tokenizer: Tokenizer, tmp_path: Path) -> None:
    tokenizer.save(tmp_path / "saved")
    loaded = load_tokenizer(tmp_path / "saved")
    assert (loaded.kind, loaded.vocab_size) == (tokenizer.kind, tokenizer.vocab_size)
    assert loaded.fingerprint == tokenizer.fingerprint
    assert loaded.encode_batch(TEXTS) == tokenizer.encode_batch(TEXTS)


@pytest.mark.fast
def test_saving_again_replaces_the_folder(tokenizers: dict[str, Tokenizer], tmp_path: Path) -> None:
    tokenizers["bpe"].save(tmp_path / "saved")
    tokenizers["sentencepiece"].save(tmp_path / "saved")
    assert load_tokenizer(tmp_path / "saved").kind == "sentencepiece"


@pytest.mark.fast
def test_fingerprints_tell_tokenizers_apart(tokenizers: dict[str, Tokenizer]) -> None:
    other = train_tokenizer("bpe", TEXTS[:20], 400)
    assert len({other.fingerprint, *(tokenizer.fingerprint for tokenizer in tokenizers.values())}) == len(KINDS) + 1


@pytest.mark.fast
def test_fingerprints_tell_apart_what_encodes_differently_with_one_vocabulary(tokenizers: dict[str, Tokenizer]) -> None:
    bpe = tokenizers["bpe"]
    assert isinstance(bpe, BPETokenizer)
    lowered, cut = (library.Tokenizer.from_str(bpe.core.to_str()) for _ in range(2))
    lowered.normalizer = normalizers.Lowercase()
    cut.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    variants = [bpe, BPETokenizer(lowered), BPETokenizer(cut)]
    assert len({tuple(variant.encode("The Fox")) for variant in variants}) == 3
    assert len({variant.fingerprint for variant in variants}) == 3


@pytest.mark.fast
def test_a_pickled_tokenizer_encodes_alike(tokenizer: Tokenizer) -> None:
    copy: Tokenizer = pickle.loads(pickle.dumps(tokenizer))
    assert copy.encode_batch(TEXTS[:5]) == tokenizer.encode_batch(TEXTS[:5])


@pytest.mark.slow
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_encode_alike(tokenizers: dict[str, Tokenizer], method: str) -> None:
    with multiprocessing.get_context(method).Pool(1) as pool:
        for tokenizer in tokenizers.values():
            assert pool.apply(tokenizer.encode_batch, (TEXTS[:5],)) == tokenizer.encode_batch(TEXTS[:5])


@pytest.mark.slow
def test_training_again_in_another_process_gives_the_same_tokenizers(tokenizers: dict[str, Tokenizer]) -> None:
    code = (
        "from scratch_llm.tokenizers import train_tokenizer\n"
        "from tests.tokenizers.samples import KINDS, TEXTS\n"
        "print(*(train_tokenizer(kind, TEXTS, 600).fingerprint for kind in KINDS))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [tokenizers[kind].fingerprint for kind in KINDS]


@pytest.mark.fast
@pytest.mark.parametrize("damage", ["content", "about", "foreign", "missing", "empty"])
def test_a_damaged_folder_is_refused(tokenizer: Tokenizer, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "saved"
    tokenizer.save(folder)
    content = next(path for path in folder.iterdir() if path.name != "about.json")
    match damage:
        case "content":
            content.write_bytes(content.read_bytes()[:-5])
        case "about":
            (folder / "about.json").write_text('{"kind": ')
        case "foreign":
            (folder / "about.json").write_text('["a tokenizer of someone else"]')
        case "missing":
            content.unlink()
        case "empty":
            folder = tmp_path / "nowhere"
    with pytest.raises(DataError, match=r"train_tokenizer\.py"):
        load_tokenizer(folder)


@pytest.mark.fast
def test_about_cannot_lead_out_of_the_folder(tokenizers: dict[str, Tokenizer], tmp_path: Path) -> None:
    tokenizers["bpe"].save(tmp_path / "saved")
    about = tmp_path / "saved" / "about.json"
    about.write_text(about.read_text().replace('"tokenizer.json"', '"../../secret/tokenizer.json"'))
    assert load_tokenizer(tmp_path / "saved").fingerprint == tokenizers["bpe"].fingerprint


@pytest.mark.fast
@pytest.mark.parametrize(
    ("kind", "texts", "vocab_size", "error", "says"),
    [
        ("bpr", ["text"], 400, ConfigError, "'bpr' is unknown"),
        ("bpe", ["text"], 200, ConfigError, "vocab_size=200 is too small"),
        ("bpe", [], 400, DataError, "no text"),
        ("sentencepiece", ["", " \n"], 400, DataError, "no text"),
    ],
)
def test_impossible_trainings_are_refused(
    kind: str, texts: list[str], vocab_size: int, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        train_tokenizer(kind, texts, vocab_size)


@pytest.mark.fast
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("texts", [["a"], ["字" * 10, "\ud800"], [chr(c) for c in range(0x4E00, 0x5200)]])
def test_training_copes_with_meagre_and_with_wide_texts(kind: str, texts: list[str]) -> None:
    tokenizer = train_tokenizer(kind, texts, 300)
    assert tokenizer.vocab_size <= 300
    assert tokenizer.decode(tokenizer.encode(texts[0])) == texts[0]


@pytest.mark.fast
def test_saving_replaces_a_tokenizer_and_nothing_else(tokenizers: dict[str, Tokenizer], tmp_path: Path) -> None:
    first, second = list(tokenizers.values())[:2]
    first.save(tmp_path / "mine")
    second.save(tmp_path / "mine")
    assert load_tokenizer(tmp_path / "mine").fingerprint == second.fingerprint
    thesis = tmp_path / "home" / "thesis.tex"
    thesis.parent.mkdir()
    thesis.write_text("years of work")
    for target in (thesis.parent, thesis, thesis.parent / ".." / "home"):
        with pytest.raises(ConfigError, match=r"is there already .*\n  -> give a new or empty folder"):
            first.save(target)
    assert thesis.read_text() == "years of work"


@pytest.mark.fast
def test_the_current_folder_is_not_replaced(
    tokenizer: Tokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notes.md").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"holds no about\.json"):
        tokenizer.save(Path())
    assert [path.name for path in tmp_path.iterdir()] == ["notes.md"]
