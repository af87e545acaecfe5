"""Evaluation documents that the training data holds are found, whole or in part, in English and in Chinese."""

import pytest

from scratch_llm.data.contamination import find_contamination
from scratch_llm.data.synthetic import stories
from scratch_llm.data.synthetic.stories import Language

pytestmark = pytest.mark.fast

ENGLISH = " ".join(f"word{i}" for i in range(100))
CHINESE = "".join(chr(0x4E00 + 7 * i) for i in range(200))


@pytest.mark.parametrize("text", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_the_overlap_is_the_share_of_pieces_in_the_training_data(text: str) -> None:
    half = text[: len(text) // 2]
    train = ["something else entirely", f"before {text} after", "一二三"]
    found = find_contamination(train, [text, text[::-1]])
    assert found.shares == (1.0, 0.0)
    assert found.contaminated == [0]
    assert find_contamination([half], [text]).shares[0] == pytest.approx(0.44, abs=0.03)
    assert find_contamination([half], [text]).contaminated == []
    assert find_contamination([half], [text], threshold=0.4).contaminated == [0]


def test_case_and_signs_do_not_hide_a_copy() -> None:
    assert find_contamination([ENGLISH.upper().replace(" ", "; ")], [ENGLISH]).shares == (1.0,)


def test_a_text_of_both_languages_is_found_inside_others() -> None:
    mixed = f"{CHINESE} {ENGLISH}"
    assert find_contamination([f"{ENGLISH} {mixed} {ENGLISH}"], [mixed, ENGLISH, CHINESE]).shares == (1.0, 1.0, 1.0)


def test_a_short_document_is_found_inside_a_long_one() -> None:
    found = find_contamination([ENGLISH], ["word5 word6 word7", "word7 word6 word5", "", "!"])
    assert found.shares == (1.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_summary_counts_planted_copies(language: Language) -> None:
    told = list(stories(60, language=language))
    evaluation = ["\n".join(told[i : i + 5]) for i in range(0, 50, 5)]
    summary = find_contamination([*told[50:], evaluation[2], evaluation[7]], evaluation, threshold=0.9).summary()
    assert (summary["documents"], summary["contaminated"]) == (10, 2)
    assert 0.2 <= summary["mean_overlap"] < 0.9


def test_nothing_to_compare_is_no_contamination() -> None:
    assert find_contamination(["text"], []).summary()["contaminated"] == 0
    assert find_contamination([], [ENGLISH]).shares == (0.0,)
