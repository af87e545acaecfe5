"""The grammar accepts its own stories and refuses everything else."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratch_llm.data.synthetic import accepted_share, accepts, stories
from scratch_llm.data.synthetic.stories import GRAMMARS, Language, read

SEEDS = st.integers(0, 10**9)
LANGUAGES: tuple[Language, ...] = ("en", "zh")
EITHER = st.sampled_from(LANGUAGES)


def one_story(seed: int, language: Language) -> str:
    return next(stories(1, seed=seed, language=language))


def units(text: str, language: Language) -> list[str]:
    return GRAMMARS[language][0].units(text)


def joined(parts: list[str], language: Language) -> str:
    return GRAMMARS[language][0].joiner.join(parts)


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, language=EITHER)
def test_every_story_is_accepted_in_its_language_alone(seed: int, language: Language) -> None:
    story = one_story(seed, language)
    assert accepts(story, language)
    assert accepts(f"\n {story} \n", language)
    assert accepts(story, "mixed")
    assert accepted_share(story, "zh" if language == "en" else "en") == 0


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, language=EITHER)
def test_garbled_stories_are_refused(seed: int, language: Language) -> None:
    story = one_story(seed, language)
    rng = random.Random(seed)
    words = units(story, language)
    rng.shuffle(words)
    sentences = GRAMMARS[language][0].sentences(story)
    for garbled in (
        joined(words, language),
        joined(sentences[::-1], language),
        joined(sentences[:-1], language),
        joined([*sentences, sentences[-1]], language),
        joined([sentences[0], *sentences], language),
        story[:-1],
        story[: len(story) // 2],
        story + story,
    ):
        assert not accepts(garbled, language)
        assert accepted_share(garbled, language) < 1


@settings(max_examples=100, deadline=None)
@given(seed=SEEDS, language=EITHER, data=st.data())
def test_dropping_or_doubling_any_unit_is_noticed(seed: int, language: Language, data: st.DataObject) -> None:
    parts = units(one_story(seed, language), language)
    i = data.draw(st.integers(0, len(parts) - 1))
    assert not accepts(joined([*parts[:i], parts[i], *parts[i:]], language), language)
    shorter = joined(parts[:i] + parts[i + 1 :], language)
    assert not accepts(shorter, language)


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=80), language=EITHER)
def test_any_other_text_is_refused(text: str, language: Language) -> None:
    assert not accepts(text, language)
    assert 0 <= accepted_share(text, language) < 1


TOLD = (
    "Lily was a shy fox. Her home was in the garden. She had a kite and took it everywhere. But one cold day the kite "
    "was gone. She looked everywhere and began to cry. A mouse saw her and helped her look. Together they found it "
    "on a hill. The mouse thanked her, and they became good friends."
)


@pytest.mark.fast
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Her home", "His home"),
        ("helped her look", "helped him look"),
        ("the kite was gone", "the drum was gone"),
        ("The mouse thanked", "The bee thanked"),
        ("Lily was", "Tom was"),
        ("shy fox", "shy stone"),
        ("garden. She", "garden.  She"),
        ("garden. She", "garden.She"),
        ("She had", "she had"),
    ],
)
def test_what_does_not_agree_is_refused(old: str, new: str) -> None:
    assert accepts(TOLD)
    assert old in TOLD
    changed = TOLD.replace(old, new)
    assert not accepts(changed)
    assert accepted_share(changed) < 1


@pytest.mark.fast
def test_the_share_grows_with_every_good_sentence() -> None:
    sentences = GRAMMARS["en"][0].sentences(TOLD)
    shares = [accepted_share(" ".join(sentences[:n])) for n in range(len(sentences) + 1)]
    assert shares == [n / 8 for n in range(9)]
    assert accepted_share(TOLD + " Then it rained stones.") == 8 / 9


@pytest.mark.fast
def test_a_reading_tells_what_the_story_is_about() -> None:
    reading = read(TOLD)
    assert (reading.plot, reading.ended) == ("lose", True)
    assert reading.fillings["animal"] == "fox"
    assert reading.fillings["thing"] == "kite"
    assert not read(TOLD.rsplit(". ", 1)[0] + ".").ended


@pytest.mark.fast
def test_chinese_measure_words_and_pronouns_agree() -> None:
    story = "小红是一只害羞的狐狸。她的家在花园里。她有一盏灯笼，走到哪里都带着。"
    grown = accepted_share(story, "zh")
    assert grown == 3 / 8
    for old, new in [("一盏灯笼", "一把灯笼"), ("一只害羞", "一匹害羞"), ("她的家", "他的家")]:
        assert accepted_share(story.replace(old, new), "zh") < grown


@pytest.mark.fast
@pytest.mark.parametrize("language", ["en", "zh", "mixed"])
def test_stories_are_the_same_for_a_seed_and_begin_alike(language: Language) -> None:
    few, many = list(stories(20, seed=3, language=language)), list(stories(60, seed=3, language=language))
    assert many[:20] == few
    assert few != list(stories(20, seed=4, language=language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_stories_are_varied_and_short(language: Language) -> None:
    told = list(stories(5000, language=language))
    assert len(set(told)) > 4990
    lengths = [len(units(story, language)) for story in told]
    assert min(lengths) >= 40
    assert max(lengths) <= (90 if language == "en" else 150)
    assert len({word.strip(".,") for story in told for word in units(story, language)}) < 500


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_template_is_told_and_every_word_is_used(language: Language) -> None:
    grammar = GRAMMARS[language][0]
    told = " ".join(stories(3000, language=language))
    for slot, words in grammar.words.items():
        assert [word for word in words if word not in told] == [], slot
    for plot in grammar.plots.values():
        for template in (template for beat in plot.beats for template in beat):
            literal = max(template.replace("}", "{").split("{")[::2], key=len)
            assert literal in told


@pytest.mark.fast
def test_a_sentence_that_names_nothing_counts_even_at_the_start() -> None:
    assert accepted_share("It was old but pretty.") == 1 / 8
