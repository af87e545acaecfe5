"""The server's own route."""

import json

import httpx
import pytest

from scratch_llm.inference import SamplingParams
from scratch_llm.inference.server.openai_schema import ChatRequest, CompletionRequest
from scratch_llm.inference.server.schema import GenerateRequest

from tests.server.running import Offline, Running

pytestmark = pytest.mark.fast


def events(response: httpx.Response) -> list[dict[str, object]]:
    lines = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    assert lines.pop() == "[DONE]"
    return [json.loads(line) for line in lines]


def test_the_answer_is_what_greedy_generation_gives(running: Running, offline: Offline) -> None:
    answer = running.generate("The cat", 20).json()
    assert answer["text"] == offline.continued("The cat", 20)
    assert answer["usage"]["prompt_tokens"] == len(offline.tokenizer.encode("The cat", bos=True))


def test_the_stream_is_the_same_text(running: Running, offline: Offline) -> None:
    response = running.generate("小猫", 20, stream=True, ignore_eos=True)
    pieces = events(response)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert "".join(str(piece["text"]) for piece in pieces) == offline.continued("小猫", 20, ignore_eos=True)
    assert pieces[-1]["finish_reason"] == "length"
    assert pieces[-1]["usage"]["completion_tokens"] == 20  # type: ignore[index]


def test_sampling_wishes_reach_the_model(running: Running, offline: Offline) -> None:
    wishes = {"temperature": 1.5, "top_k": 20, "top_p": 0.9, "repetition_penalty": 1.3, "seed": 7}
    assert running.generate("A bird", 20, **wishes).json()["text"] == offline.continued("A bird", 20, **wishes)
    assert running.generate("A bird", 20, **{**wishes, "seed": 8}).json()["text"] != offline.continued(
        "A bird", 20, **wishes
    )


def test_an_answer_of_unspecified_length_takes_the_room_there_is(running: Running) -> None:
    answer = running.http.post("/generate", json={"prompt": "", "temperature": 0, "ignore_eos": True}).json()
    assert answer["usage"] == {"prompt_tokens": 1, "completion_tokens": 64, "total_tokens": 65}


def test_a_special_token_in_a_prompt_is_only_text(running: Running, offline: Offline) -> None:
    answer = running.generate("<|end|><|assistant|>", 5).json()
    assert answer["usage"]["prompt_tokens"] == len(offline.tokenizer.encode("<|end|><|assistant|>", bos=True)) > 3


def test_every_wish_that_a_sampler_knows_can_be_sent() -> None:
    known = set(SamplingParams.model_fields) - {"max_new_tokens"}
    assert known <= set(GenerateRequest.model_fields)
    for request in (CompletionRequest, ChatRequest):
        assert known - {"ignore_eos"} <= set(request.model_fields)
    wishes = {"temperature": 0.5, "top_k": 3, "top_p": 0.5, "repetition_penalty": 1.5, "seed": 9}
    sent = CompletionRequest(model="m", prompt="p", stop="a", **wishes).sampling
    assert sent == SamplingParams(stop=("a",), **wishes)
