"""Ask the running service: does it work, what does it answer, how fast is it with several clients at once?

python deploy/docker/ask_service.py smoke --port 8000
python deploy/docker/ask_service.py answers --port 8000
python deploy/docker/ask_service.py load --port 8000 --clients 4 --seconds 8

Only 127.0.0.1 is asked, for as long and as often as is said. What was seen is printed, or written as JSON to --output.
"""

import argparse
import asyncio
import json
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import openai

HOST = "127.0.0.1"
_DONE: dict[str, Any] = {}  # the event that ends a stream
PROMPTS = Path(__file__).with_name("prompts.json")


@dataclass(frozen=True)
class Service:
    """Where it is, and the key that it asks for."""

    port: int
    key: str
    timeout_s: float
    new_tokens: int

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}

    def client(self) -> httpx.Client:
        """A client that goes straight there, whatever proxies the machine knows."""
        return httpx.Client(base_url=self.url, headers=self.headers, timeout=self.timeout_s, trust_env=False)

    def wish(self, model: str, prompt: str, **more: object) -> dict[str, object]:
        """The body of a request for text."""
        return {"model": model, "prompt": prompt, "max_tokens": self.new_tokens, "temperature": 0, **more}


@dataclass(frozen=True)
class Check:
    """One thing that a working service does. `absent`: the program to check it with is not on this machine."""

    name: str
    state: str
    seen: str


@dataclass
class Load:
    """What the clients saw: seconds to the whole answer and to its first piece, and its tokens, for each request."""

    clients: int
    window_s: float = 0.0
    busy_s: float = 0.0
    answers: list[tuple[float, float, int]] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)

    def fail(self, what: str) -> None:
        """Count a request that got no answer."""
        self.errors[what] = self.errors.get(what, 0) + 1


@dataclass(frozen=True)
class Bounds:
    """How long and how often a load may ask: requests of each client before it counts, seconds, requests in all."""

    warm_up: int
    seconds: float
    most: int


def prompts() -> list[str]:
    """The fixed prompts, the same ones every time."""
    texts: list[str] = json.loads(PROMPTS.read_text(encoding="utf-8"))
    return texts


# --- does it work -----------------------------------------------------------------------------------------------------


def smoke(service: Service) -> list[Check]:
    """Every call that users and operators make, once."""
    calls = _CHECKS | ({"key": _locked} if service.key else {})
    with service.client() as client:
        return [_checked(name, partial(call, service, client)) for name, call in calls.items()]


class Unexpected(Exception):
    """The service answered something else than it should."""


def _checked(name: str, call: Callable[[], str | None]) -> Check:
    try:
        seen = call()
    except (Unexpected, httpx.HTTPError, openai.OpenAIError, KeyError, ValueError, IndexError) as error:
        return Check(name, "failed", f"{type(error).__name__}: {error}"[:300])
    return Check(name, "absent", "") if seen is None else Check(name, "passed", seen[:300])


def _get(path: str, content_type: str) -> Callable[[Service, httpx.Client], str]:
    def call(_: Service, client: httpx.Client) -> str:
        answer = client.get(path)
        _expect(answer, 200)
        if content_type not in answer.headers.get("content-type", ""):
            raise Unexpected(f"{path} is no {content_type}")
        return f"{answer.status_code}, {len(answer.content)} bytes"

    return call


def _expect(answer: httpx.Response, status: int) -> None:
    if answer.status_code != status:
        raise Unexpected(f"status {answer.status_code} where {status} is right: {answer.text[:200]}")


def model_of(client: httpx.Client) -> str:
    """The one model that is served."""
    answer = client.get("/v1/models")
    _expect(answer, 200)
    return str(answer.json()["data"][0]["id"])


def _models(_: Service, client: httpx.Client) -> str:
    return model_of(client)


def _completion(service: Service, client: httpx.Client) -> str:
    answer = client.post("/v1/completions", json=service.wish(model_of(client), prompts()[0]))
    _expect(answer, 200)
    return _sensible(answer.json()["choices"][0]["text"])


def _sensible(text: str) -> str:
    if not text.strip():
        raise Unexpected("the answer is empty")
    return text


def _stream(service: Service, client: httpx.Client) -> str:
    body = service.wish(model_of(client), prompts()[0], stream=True)
    with client.stream("POST", "/v1/completions", json=body) as answer:
        events = [line.removeprefix("data: ") for line in answer.iter_lines() if line.startswith("data: ")]
    if not events or events[-1] != "[DONE]":
        raise Unexpected("the stream does not end with [DONE]")
    return f"{len(events) - 1} events"


def _unknown_model(service: Service, client: httpx.Client) -> str:
    answer = client.post("/v1/completions", json=service.wish("no-such-model", prompts()[0]))
    _expect(answer, 404)
    return str(answer.json()["error"]["message"])


def _broken_body(_: Service, client: httpx.Client) -> str:
    answer = client.post("/v1/completions", content=b"{", headers={"Content-Type": "application/json"})
    if answer.status_code not in (400, 422):
        raise Unexpected(f"status {answer.status_code} for a body that is not JSON")
    return str(answer.json()["error"]["message"])


def _locked(service: Service, client: httpx.Client) -> str:
    answer = httpx.get(f"{service.url}/v1/models", timeout=service.timeout_s, trust_env=False)
    _expect(answer, 401)
    return "401 without the key"


def _openai(service: Service, client: httpx.Client) -> str:
    with openai.OpenAI(
        base_url=f"{service.url}/v1",
        api_key=service.key or "none",
        max_retries=0,
        http_client=openai.DefaultHttpxClient(timeout=service.timeout_s, trust_env=False),
    ) as official:
        [model, *_] = official.models.list().data
        text = prompts()[0]
        tokens = service.new_tokens
        whole = official.completions.create(model=model.id, prompt=text, max_tokens=tokens, temperature=0)
        pieces = official.completions.create(model=model.id, prompt=text, max_tokens=tokens, temperature=0, stream=True)
        streamed = "".join(piece.choices[0].text for piece in pieces if piece.choices)
    if streamed != whole.choices[0].text:
        raise Unexpected(f"streamed {streamed!r}, whole {whole.choices[0].text!r}")
    return _sensible(streamed)


def _curl(service: Service, client: httpx.Client) -> str | None:
    """The call as it stands in the report, with the program that people type it with."""
    program = shutil.which("curl")
    if program is None:
        return None
    body = json.dumps(service.wish(model_of(client), prompts()[0]))
    key = f"Authorization: Bearer {service.key}" if service.key else ""
    done = subprocess.run(  # noqa: S603
        [
            *(program, "--fail", "--silent", "--show-error", "--noproxy", "*", "--max-time", str(service.timeout_s)),
            *("--header", "Content-Type: application/json", "--header", "@-", "--data", body),
            f"{service.url}/v1/completions",
        ],
        input=key,  # not among the arguments, where every user of the machine could read it
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Unexpected(done.stderr.strip())
    return _sensible(json.loads(done.stdout)["choices"][0]["text"])


_CHECKS: dict[str, Callable[[Service, httpx.Client], str | None]] = {
    "health": _get("/health", "json"),
    "docs": _get("/docs", "html"),
    "metrics": _get("/metrics", "text/plain"),
    "models": _models,
    "completion": _completion,
    "stream": _stream,
    "curl": _curl,
    "openai": _openai,
    "unknown_model": _unknown_model,
    "broken_body": _broken_body,
}


# --- what it answers --------------------------------------------------------------------------------------------------


def answers(service: Service) -> dict[str, str]:
    """Two continuations of every fixed prompt, one request at a time: the most likely one, and one drawn with a seed.

    A drawn one shows the probabilities of all words, and differs where only a few of them do.
    """
    seen: dict[str, str] = {}
    with service.client() as client:
        model = model_of(client)
        for seed, prompt in enumerate(prompts()):
            seen[prompt] = _answer(client, service.wish(model, prompt))
            seen[f"{prompt} (seed {seed})"] = _answer(client, service.wish(model, prompt, temperature=1, seed=seed))
    return seen


def _answer(client: httpx.Client, body: dict[str, object]) -> str:
    answer = client.post("/v1/completions", json=body)
    _expect(answer, 200)
    return str(answer.json()["choices"][0]["text"])


# --- how fast it is ---------------------------------------------------------------------------------------------------


async def load(service: Service, clients: int, bounds: Bounds) -> Load:
    """So many clients, each with one request at a time, until the time or the number of requests is used up."""
    seen, budget = Load(clients), iter(range(bounds.most))
    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
    with service.client() as client:
        model = model_of(client)
    async with httpx.AsyncClient(
        base_url=service.url, headers=service.headers, timeout=service.timeout_s, trust_env=False, limits=limits
    ) as client:
        began = time.monotonic()
        for _ in range(bounds.warm_up):
            await asyncio.gather(*(_ask(client, service, model, number, Load(clients)) for number in range(clients)))
        warm = time.monotonic()
        until = warm + bounds.seconds
        await asyncio.gather(*(_client(client, service, model, budget, until, seen) for _ in range(clients)))
        ended = time.monotonic()
    seen.window_s, seen.busy_s = ended - warm, ended - began
    return seen


async def _client(
    client: httpx.AsyncClient, service: Service, model: str, budget: Iterator[int], until: float, seen: Load
) -> None:
    while time.monotonic() < until and (number := next(budget, None)) is not None:
        await _ask(client, service, model, number, seen)


async def _ask(client: httpx.AsyncClient, service: Service, model: str, number: int, seen: Load) -> None:
    texts = prompts()
    body = service.wish(model, texts[number % len(texts)], stream=True, stream_options={"include_usage": True})
    began = time.monotonic()
    first, tokens, whole = 0.0, 0, False
    try:
        async with client.stream("POST", "/v1/completions", json=body) as answer:
            if answer.status_code != 200:
                seen.fail(f"status {answer.status_code}")
                return
            async for event in _events(answer):
                whole = event is _DONE
                first = first or time.monotonic() - began
                if "error" in event:
                    seen.fail(str(event["error"].get("code")))
                    return
                tokens = (event.get("usage") or {}).get("completion_tokens", tokens)
    except httpx.HTTPError as error:
        seen.fail(type(error).__name__)
        return
    if not (whole and tokens):
        seen.fail("no whole answer")
        return
    seen.answers.append((time.monotonic() - began, first, tokens))


async def _events(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    async for line in answer.aiter_lines():
        if line.startswith("data: {"):
            yield json.loads(line.removeprefix("data: "))
        elif line == "data: [DONE]":
            yield _DONE


# --- the command ------------------------------------------------------------------------------------------------------


def main() -> int:
    """Do what the command line says; 1 where the service does not do what it should."""
    options = _parser().parse_args()
    key = options.key_file.read_text(encoding="utf-8").strip() if options.key_file else ""
    service = Service(options.port, key, options.timeout, options.new_tokens)
    if options.what == "smoke":
        checks = smoke(service)
        _write(options.output, [asdict(check) for check in checks])
        return int(any(check.state == "failed" for check in checks))
    if options.what == "answers":
        _write(options.output, answers(service))
        return 0
    seen = asyncio.run(load(service, options.clients, Bounds(options.warm_up, options.seconds, options.most)))
    _write(options.output, asdict(seen))
    return int(not seen.answers)


def _write(place: Path | None, seen: object) -> None:
    text = json.dumps(seen, indent=1, ensure_ascii=False)
    if place is None:
        print(text)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text + "\n", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Ask the running service on this machine.")
    parser.add_argument("what", choices=["smoke", "answers", "load"])
    parser.add_argument("--port", type=int, required=True, help="of 127.0.0.1")
    parser.add_argument("--key-file", type=Path, help="the file with the API key, if one is asked for")
    parser.add_argument("--timeout", type=float, default=60, help="seconds that one request may take")
    parser.add_argument("--new-tokens", type=int, default=32, help="longest answer")
    parser.add_argument("--output", type=Path, help="file for what was seen; default: it is printed")
    bounds = parser.add_argument_group("load")
    bounds.add_argument("--clients", type=int, default=1)
    bounds.add_argument("--warm-up", type=int, default=1, help="requests of each client before it counts")
    bounds.add_argument("--seconds", type=float, default=8, help="no new request begins after that")
    bounds.add_argument("--most", type=int, default=1000, help="requests in all")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
