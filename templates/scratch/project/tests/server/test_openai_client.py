"""OpenAI's own client works against the server, and gets what the model says offline."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.server.running import MODEL, Offline, Running

PROMPTS = [
    f"{name} found a {thing}" for name in ("The fox", "A cat", "小猫") for thing in ("ball", "bird", "garden", "🎈")
]


def test_a_completion_is_what_greedy_generation_gives(running: Running, offline: Offline) -> None:
    answer = running.openai().completions.create(model=MODEL, prompt="A small fox", max_tokens=24, temperature=0)
    assert answer.choices[0].text == offline.continued("A small fox", 24)
    assert answer.choices[0].finish_reason in ("stop", "length")
    assert answer.object == "text_completion"


def test_a_streamed_completion_is_the_same_text_in_pieces(running: Running, offline: Offline) -> None:
    stream = running.openai().completions.create(
        model=MODEL, prompt="A small fox", max_tokens=24, temperature=0, stream=True, extra_body={"stop": ["\x00"]}
    )
    choices = [event.choices[0] for event in stream]
    assert "".join(choice.text for choice in choices) == offline.continued("A small fox", 24)
    assert len(choices) > 3
    assert [choice.finish_reason for choice in choices[:-1]] == [None] * (len(choices) - 1)
    assert choices[-1].finish_reason in ("stop", "length")


def test_a_chat_is_what_greedy_generation_gives(running: Running, offline: Offline) -> None:
    answer = running.openai().chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "Who sang?"}], max_completion_tokens=20, temperature=0
    )
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].message.content == offline.chat("Who sang?", 20)


def test_a_streamed_chat_is_the_same_text_and_ends_with_the_usage(running: Running, offline: Offline) -> None:
    stream = running.openai().chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": [{"type": "text", "text": "Who sang?"}]}],
        max_tokens=20,
        temperature=0,
        stream=True,
        stream_options={"include_usage": True},
    )
    *events, last = list(stream)
    assert events[0].choices[0].delta.role == "assistant"
    assert "".join(event.choices[0].delta.content or "" for event in events) == offline.chat("Who sang?", 20)
    assert all(event.usage is None for event in events)
    assert last.choices == [] and last.usage is not None
    assert last.usage.total_tokens == last.usage.prompt_tokens + last.usage.completion_tokens


def test_usage_counts_the_tokens(running: Running, offline: Offline) -> None:
    answer = running.openai().completions.create(
        model=MODEL, prompt="The bird", max_tokens=7, temperature=0, extra_body={"top_k": 1}
    )
    assert answer.usage is not None
    assert answer.usage.prompt_tokens == len(offline.tokenizer.encode("The bird", bos=True))
    assert answer.usage.completion_tokens <= 7
    assert answer.choices[0].finish_reason == "stop" or answer.usage.completion_tokens == 7


@pytest.mark.parametrize("stream", [False, True])
def test_a_stop_text_ends_the_answer_and_is_not_part_of_it(running: Running, offline: Offline, stream: bool) -> None:
    whole = offline.continued("A small fox", 40)
    stop = whole[len(whole) // 2 :][:3]
    answer = running.openai().completions.create(
        model=MODEL, prompt="A small fox", max_tokens=40, temperature=0, stop=stop, stream=stream
    )
    choices = [event.choices[0] for event in answer] if stream else answer.choices
    assert "".join(choice.text for choice in choices) == whole[: whole.index(stop)]
    assert choices[-1].finish_reason == "stop"


def test_concurrent_requests_do_not_mix(running: Running, offline: Offline) -> None:
    client = running.openai()

    def ask(prompt: str) -> str:
        stream = client.completions.create(model=MODEL, prompt=prompt, max_tokens=24, temperature=0, stream=True)
        return "".join(event.choices[0].text for event in stream)

    expected = [offline.continued(prompt, 24) for prompt in PROMPTS]
    assert len(set(expected)) == len(PROMPTS)
    with ThreadPoolExecutor(len(PROMPTS)) as pool:
        assert list(pool.map(ask, PROMPTS * 2)) == expected * 2


def test_the_same_seed_gives_the_same_answer_whatever_else_runs(running: Running) -> None:
    client = running.openai()

    def ask(seed: int) -> str:
        answer = client.completions.create(model=MODEL, prompt="A cat", max_tokens=16, temperature=1, seed=seed)
        return answer.choices[0].text

    with ThreadPoolExecutor(8) as pool:
        first, second = list(pool.map(ask, range(8))), list(pool.map(ask, range(8)))
    assert first == second
    assert len(set(first)) > 1


def test_the_model_is_listed(running: Running) -> None:
    import openai

    client = running.openai()
    assert [model.id for model in client.models.list()] == [MODEL]
    assert client.models.retrieve(MODEL).id == MODEL
    with pytest.raises(openai.NotFoundError, match="gpt-9"):
        client.models.retrieve("gpt-9")


def test_fields_that_change_nothing_are_accepted(running: Running, offline: Offline) -> None:
    answer = running.openai().chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": "Hello"}],
        max_tokens=8,
        temperature=0,
        n=1,
        user="someone",
        presence_penalty=0,
        frequency_penalty=0.0,
        logit_bias={},
        logprobs=False,
        tools=[],
        response_format={"type": "text"},
        metadata={"team": "a"},
        store=False,
        service_tier="auto",
    )
    assert answer.choices[0].message.content == offline.chat("Hello", 8)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("logprobs", True, "log probabilities are not available"),
        ("n", 2, "one request for each answer"),
        ("presence_penalty", 0.5, "repetition_penalty"),
        ("logit_bias", {"50": 1}, "token biases are not available"),
        ("tools", [{"type": "function"}], "cannot use tools"),
        ("response_format", {"type": "json_object"}, "not constrained"),
        ("presense_penalty", 0, "unknown"),
        ("temperature", 3, "less than or equal to 2"),
        ("max_tokens", 65, "at most 64"),
    ],
)
def test_fields_that_cannot_be_honoured_are_refused_with_a_reason(
    running: Running, field: str, value: object, reason: str
) -> None:
    import openai

    with pytest.raises(openai.UnprocessableEntityError, match=reason) as caught:
        running.openai().chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "Hello"}], extra_body={field: value}
        )
    assert caught.value.type == "invalid_request_error"
    assert str(caught.value.param).startswith(field)


def test_another_model_is_not_found(running: Running) -> None:
    import openai

    with pytest.raises(openai.NotFoundError, match=f"ask for '{MODEL}'"):
        running.openai().completions.create(model="gpt-9", prompt="Hello")


def test_both_names_of_the_length_are_checked(running: Running) -> None:
    import openai

    with pytest.raises(openai.UnprocessableEntityError, match="at most 64"):
        running.openai().chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "Hello"}], max_tokens=65, max_completion_tokens=1
        )
