"""Instructions fulfil their requests, preferences agree with the judge, and the judge can be relied on."""

from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratch_llm.data.records import text_of
from scratch_llm.data.synthetic import (
    accepts,
    instructions,
    prefer,
    preferences,
    quality,
    stories,
    story_prompts,
)
from scratch_llm.data.synthetic.stories import Language
from scratch_llm.data.synthetic.tasks import FAULTS
from scratch_llm.utils.errors import DataError

SEEDS = st.integers(0, 10**9)
EITHER = st.sampled_from(["en", "zh"])


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS, language=EITHER)
def test_every_instruction_is_fulfilled(seed: int, language: Language) -> None:
    for record in instructions(3, seed=seed, language=language):
        question, answer = record.messages
        assert (question.role, answer.role) == ("user", "assistant")
        assert quality(question.content, answer.content) == 1


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS, language=EITHER)
def test_the_judge_prefers_every_chosen_answer(seed: int, language: Language) -> None:
    for record in preferences(3, seed=seed, language=language):
        prompt = record.prompt[-1].content
        assert accepts(record.chosen, language)
        assert quality(prompt, record.chosen) == 1
        assert prefer(prompt, record.chosen, record.rejected) == 1
        assert prefer(prompt, record.rejected, record.chosen) == -1
        assert prefer(prompt, record.rejected, record.rejected) == 0


@pytest.mark.fast
def test_rejected_answers_have_every_kind_of_fault() -> None:
    rejected = [record.rejected for record in preferences(80)]
    assert len(FAULTS) == 4
    assert any(accepts(answer) for answer in rejected)  # off topic
    assert any(not answer.endswith(".") for answer in rejected)  # cut off
    assert any(answer.split(". ")[-1].rstrip(".") == answer.split(". ")[-2] for answer in rejected)  # repeating


def test_instructions_hold_stories_and_questions() -> None:
    records = list(instructions(300))
    n_story = sum(accepts(record.messages[1].content) for record in records)
    assert 200 < n_story < 280
    assert len({text_of(record) for record in records}) > 250


PROMPT = "Write a story about a fox who loses a kite."
ANSWER = (
    "Lily was a shy fox. Her home was in the garden. She had a kite and took it everywhere. But one cold day the kite "
    "was gone. She looked everywhere and began to cry. A mouse saw her and helped her look. Together they found it "
    "on a hill. The mouse thanked her, and they became good friends."
)


@pytest.mark.fast
def test_quality_falls_with_every_kind_of_fault() -> None:
    assert quality(PROMPT, ANSWER) == 1
    off_topic = quality("Write a story about a bear who loses a kite.", ANSWER)
    far_off_topic = quality("Write a story about a bear who builds a boat.", ANSWER)
    cut_off = quality(PROMPT, ANSWER[:200])
    noise = quality(PROMPT, "kite fox kite fox")
    assert 1 > off_topic > far_off_topic > noise >= 0
    assert 1 > cut_off > noise


@pytest.mark.fast
def test_questions_have_one_right_answer() -> None:
    assert quality("What is 3 plus 4?", "3 plus 4 is 7.") == 1
    assert quality("What is 3 plus 4?", " 3 plus 4 is 7.\n") == 1
    assert prefer("What is 3 plus 4?", "3 plus 4 is 7.", "3 plus 4 is 8.") == 1
    assert prefer("What is 3 plus 4?", "3 plus 4 is 8.", "Snow is white.") == 1
    assert quality("3加4等于几？", "3加4等于7。") == 1
    assert quality("What is 3 plus 4?", "") == 0


@pytest.mark.fast
def test_a_prompt_that_the_judge_does_not_know_is_refused() -> None:
    with pytest.raises(DataError, match="does not know the prompt"):
        quality("What is the meaning of life?", "42")


@pytest.mark.fast
@pytest.mark.parametrize("language", ["en", "zh", "mixed"])
def test_the_same_seed_gives_the_same_tasks(language: Language) -> None:
    for write in (instructions, preferences, story_prompts):
        few = list(write(10, seed=5, language=language))
        assert list(islice(write(30, seed=5, language=language), 10)) == few
        assert list(write(10, seed=6, language=language)) != few


@pytest.mark.fast
def test_prompts_for_evaluation_can_be_judged() -> None:
    answer = next(stories(1))
    assert all(0 <= quality(prompt, answer) <= 1 for prompt in story_prompts(50))
