"""Planted duplicates are found, in English and in Chinese, and nothing else is."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratch_llm.data.dedup import NearDuplicates, deduplicate
from scratch_llm.data.synthetic import stories
from scratch_llm.data.synthetic.stories import Language


def long_texts(language: Language, n: int) -> list[str]:
    """Documents of ten stories each, so that a few changed words are a small part."""
    told = list(stories(10 * n, seed=1, language=language))
    return ["\n".join(told[i::n]) for i in range(n)]


@pytest.mark.fast
@pytest.mark.parametrize("language", ["en", "zh"])
def test_planted_duplicates_are_removed_and_the_first_is_kept(language: Language) -> None:
    texts = long_texts(language, 20)
    exact = texts[3]
    spaced = texts[4].upper().replace(".", " !") if language == "en" else texts[4].replace("。", "……")
    edited = texts[5].replace("mouse", "rat", 2).replace("老鼠", "田鼠", 2) + " The end."
    result = deduplicate([*texts, exact, spaced, edited])
    assert result.kept == list(range(20))
    assert [(duplicate.index, duplicate.original) for duplicate in result.removed] == [(20, 3), (21, 4), (22, 5)]
    assert [duplicate.similarity for duplicate in result.removed][:2] == [1.0, 1.0]
    assert 0.8 <= result.removed[2].similarity < 1
    assert result.summary() == {"documents": 23, "kept": 20, "exact_duplicates": 1, "near_duplicates": 2}


@pytest.mark.fast
def test_signs_that_change_what_is_said_part_texts() -> None:
    sums = [f"What is {sum_} ?" for sum_ in ("7 + 3", "7 - 3", "7 * 3", "7 / 3", "7 × 3", "7 = 3", "(7) 3")]
    assert deduplicate(sums).removed == []
    again = deduplicate([sums[0], "what is 7 + 3!", sums[0]])
    assert [duplicate.exact for duplicate in again.removed] == [False, True]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_stories_of_the_grammar_are_no_duplicates_of_each_other(language: Language) -> None:
    assert deduplicate(stories(800, language=language)).removed == []


@pytest.mark.fast
@pytest.mark.parametrize("share", [0.02, 0.5])
def test_similarity_is_that_of_the_sets_of_pieces(share: float) -> None:
    words = [f"w{i}" for i in range(2000)]
    changed = [*words[: int(2000 * (1 - share))], *(f"v{i}" for i in range(int(2000 * share)))]
    jaccard = (1 - share) / (1 + share)
    seen = NearDuplicates(threshold=0.2)
    seen.add(" ".join(words))
    found = seen.add(" ".join(changed))
    if jaccard > 0.8:
        assert found is not None
        assert found.similarity == pytest.approx(jaccard, abs=0.1)
    else:
        assert found is None or found.similarity == pytest.approx(jaccard, abs=0.12)


@pytest.mark.fast
@settings(max_examples=40, deadline=None)
@given(texts=st.lists(st.sampled_from(["", "!!", "one", "two words", "字", "一二三", "a b c d e f g"]), max_size=12))
def test_short_texts_are_duplicates_only_of_their_equals(texts: list[str]) -> None:
    result = deduplicate(texts)
    first: dict[str, int] = {}
    for i, text in enumerate(texts):
        if text not in ("", "!!"):
            first.setdefault(text, i)
    assert result.kept == [i for i, text in enumerate(texts) if first.get(text, i) == i]


def test_the_result_does_not_depend_on_hash_seeds_or_on_how_texts_arrive() -> None:
    texts = [*long_texts("en", 6), *long_texts("zh", 6)] * 2
    random.Random(0).shuffle(texts)
    assert deduplicate(iter(texts)) == deduplicate(texts)
    assert len(deduplicate(texts).kept) == 12
