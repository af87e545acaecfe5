"""One version of the service, asked as users ask it: through the proxy, on every route, whole and as a stream."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request

from live_metrics import ROUTES, fetch, read

CHOICE = "X-Rollout"  # the proxy sends on by it and takes it off: a version cannot tell who asks
TOKENS = 48
OUTSIDE = (URLError, HTTPException, OSError)
WRONG = (*OUTSIDE, ValueError, KeyError, TypeError, IndexError)  # all that an answer can be that is none
_END = "[DONE]"
_TRIES, _RELOAD_S = 100, 0.1  # until the last worker of before a reload is gone


@dataclass(frozen=True)
class Said:
    """What came of one question on one route, asked for whole and as a stream; `why` where nothing came."""

    whole: str = ""
    streamed: str = ""
    why: str = ""


@dataclass(frozen=True)
class Version:
    """One running version. `url` is its own address, `proxy` that at which users ask."""

    name: str
    url: str
    proxy: str
    token: str
    key: str

    def ready(self) -> bool:
        """Whether it takes requests."""
        try:
            with fetch(f"{self.url}/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except OUTSIDE:
            return False

    def idle(self) -> bool:
        """Whether nothing is in work; a version that does not answer has nothing either."""
        try:
            now = read(f"{self.url}/metrics")
        except OUTSIDE:
            return True
        return not (now.value("llm_active_requests") or now.value("llm_queue_depth"))

    def answer(self, prompt: str, seed: int, timeout: float = 60) -> str:
        """Its continuation of a text."""
        wish = {"prompt": prompt, "max_new_tokens": TOKENS, "temperature": 0.8, "seed": seed}
        return str(self._asked(ROUTES[0], wish, timeout)["text"])

    def said(self, route: str, prompt: str, timeout: float) -> Said:
        """The same question for a whole answer and for a stream."""
        try:
            wish = self._wish(route, prompt)
            whole = _text(self._asked(route, wish, timeout))
            return Said(whole, "".join(self._streamed(route, wish, timeout)))
        except TimeoutError:
            return Said(why=f"no answer within {timeout:g} s")
        except WRONG as error:
            return Said(why=f"{type(error).__name__} {error}")

    def _wish(self, route: str, prompt: str) -> dict[str, Any]:
        if route == ROUTES[0]:
            return {"prompt": prompt, "max_new_tokens": TOKENS, "temperature": 0}
        with self._open("/v1/models", None, 10) as answer:
            model = json.load(answer)["data"][0]["id"]
        chat = {"messages": [{"role": "user", "content": prompt}]}
        return {
            "model": model,
            "max_tokens": TOKENS,
            "temperature": 0,
            **(chat if "chat" in route else {"prompt": prompt}),
        }

    def _asked(self, route: str, wish: dict[str, Any], timeout: float) -> Any:
        with self._open(route, wish, timeout) as answer:
            return json.load(answer)

    def _streamed(self, route: str, wish: dict[str, Any], timeout: float) -> Iterator[str]:
        """The pieces; a stream that does not end as it must is none."""
        with self._open(route, wish | {"stream": True}, timeout) as answer:
            lines = [line.decode().strip() for line in answer]
        events = [line.removeprefix("data:").strip() for line in lines if line.startswith("data:")]
        if not events or events.pop() != _END:
            raise ValueError(f"the stream does not end with {_END}")
        yield from (_text(json.loads(event)) for event in events)

    def _open(self, path: str, wish: dict[str, Any] | None, timeout: float) -> Any:
        headers = {"Content-Type": "application/json", CHOICE: f"{self.token}-{self.name}"}
        headers |= {"Authorization": f"Bearer {self.key}"} if self.key else {}
        asked = Request(f"{self.proxy}{path}", None if wish is None else json.dumps(wish).encode(), headers)  # noqa: S310
        for _ in range(_TRIES):
            try:
                answer = fetch(asked, timeout=timeout)
            except HTTPError as refused:
                answer = refused
            except URLError as error:
                raise error.reason if isinstance(error.reason, TimeoutError) else error from error
            if answer.headers.get(CHOICE) != self.name:
                answer.close()
                time.sleep(_RELOAD_S)
            elif isinstance(answer, HTTPError):
                raise answer
            else:
                return answer
        raise URLError(f"the proxy at {self.proxy} does not send on to {self.name}: has it been reloaded?")


def _text(answer: dict[str, Any]) -> str:
    """Of a whole answer or of one piece of a stream, on any route."""
    if "choices" not in answer:
        return str(answer["text"])
    found = ""
    for choice in answer["choices"]:
        part = choice.get("message") or choice.get("delta") or choice
        found += part.get("content") or part.get("text") or ""
    return found


def working(version: Version, prompt: str, timeout: float) -> list[str]:
    """The routes on which it answers at all; a model without a chat template has no chat, say."""
    return [route for route in ROUTES if not version.said(route, prompt, timeout).why]
