"""The server does what its own OpenAPI says, for requests that nobody thought of."""

from typing import TYPE_CHECKING

import pytest
from hypothesis import Phase, given, settings

from tests.server.running import Running

if TYPE_CHECKING:
    from schemathesis import BaseSchema, Case

ROUTES = [
    ("GET", "/health"),
    ("GET", "/ready"),
    ("GET", "/metrics"),
    ("GET", "/v1/models"),
    ("GET", "/v1/models/{model}"),
    ("POST", "/generate"),
    ("POST", "/v1/completions"),
    ("POST", "/v1/chat/completions"),
]


CASES = [(*route, "positive") for route in ROUTES] + [(*route, "negative") for route in ROUTES if route[0] == "POST"]


@pytest.fixture(scope="module")
def described(running: Running) -> "BaseSchema":
    import schemathesis

    return schemathesis.openapi.from_url(f"{running.url}/openapi.json")


def test_every_route_is_described(described: "BaseSchema") -> None:
    told = [operation.ok() for operation in described.get_all_operations()]
    assert sorted((operation.method.upper(), operation.path) for operation in told) == sorted(ROUTES)


@pytest.mark.parametrize(("method", "path", "mode"), CASES)
def test_a_route_does_what_it_says(described: "BaseSchema", method: str, path: str, mode: str) -> None:
    from schemathesis import GenerationMode

    @given(case=described[path][method].as_strategy(generation_mode=GenerationMode(mode)))
    @settings(max_examples=10, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    def conforms(case: "Case") -> None:
        case.call_and_validate()

    conforms()
