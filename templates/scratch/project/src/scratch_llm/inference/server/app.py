"""Puts the server together."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Security
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from scratch_llm import __version__
from scratch_llm.config.serve import ServeConfig
from scratch_llm.inference import ContinuousBatcher, Loaded
from scratch_llm.inference.server.engine import Engine
from scratch_llm.inference.server.generation import Generation
from scratch_llm.inference.server.limits import Limits
from scratch_llm.inference.server.metrics import Metrics
from scratch_llm.inference.server.middleware import BodyLimited, KeyProtected, Observed
from scratch_llm.inference.server.openai_routes import openai_routes
from scratch_llm.inference.server.refusals import Refusal, error_body, error_response
from scratch_llm.inference.server.routes import generate_routes, status_routes
from scratch_llm.utils.errors import ConfigError


def create_app(config: ServeConfig, loaded: Loaded) -> FastAPI:
    """Make the app of one model.

    Args:
        config: Limits and names; host and port are for whoever runs the app (`serve`).
        loaded: What `load_backend` gives; its backend holds `n_slot` rows.

    Returns:
        The app. Its `state.engine` can be drained before the app is stopped.

    Raises:
        ConfigError: The variable of the API key is set and empty.
    """
    metrics = Metrics()
    batcher = ContinuousBatcher(
        loaded.backend, loaded.tokenizer, n_slot=config.n_slot, length=loaded.backend.context_length
    )
    engine = Engine(batcher, metrics, n_slot=config.n_slot, max_queue=config.max_queue, deadline_s=config.deadline_s)
    limits = Limits.of(config, loaded.backend.context_length)
    generation = Generation(engine, loaded.tokenizer, limits, config.log_prompts)
    api_key = read_api_key(config)
    app = FastAPI(
        title=config.model_name,
        version=__version__,
        lifespan=_lifespan(engine),
        middleware=_middleware(config, metrics, api_key),
        exception_handlers=_HANDLERS,
    )
    app.state.engine = engine
    # The key itself is checked in the middleware, before a body is read; this declares it to the documentation.
    locked = [Security(HTTPBearer(auto_error=False))] if api_key else []
    _include(app, status_routes(engine, metrics), metrics, [])
    _include(app, generate_routes(generation), metrics, locked)
    _include(app, openai_routes(generation, config.model_name), metrics, locked)
    _describe(app, config, limits)
    metrics.describe(config.model_name, config.backend)
    return app


def read_api_key(config: ServeConfig) -> str | None:
    """Read the key that clients must send; None where the variable is not set."""
    key = os.environ.get(config.api_key_env)
    if key is not None and not key.strip():
        raise ConfigError(f"{config.api_key_env} is set and empty", "give it a key, or unset it to ask for none")
    return key and key.strip()


def _include(app: FastAPI, router: APIRouter, metrics: Metrics, dependencies: list[Any]) -> None:
    app.include_router(router, dependencies=dependencies)
    for route in router.routes:
        if isinstance(route, APIRoute):
            metrics.expect(route.path, [200, *map(int, route.responses)])


def _lifespan(engine: Engine) -> Any:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        engine.start()
        yield
        await engine.stop()

    return lifespan


def _middleware(config: ServeConfig, metrics: Metrics, api_key: str | None) -> list[Middleware]:
    """The first one meets a request first."""
    locks = [Middleware(KeyProtected, api_key=api_key)] if api_key else []
    body = Middleware(BodyLimited, max_bytes=config.max_body_bytes, seconds=config.body_s)
    return [Middleware(Observed, metrics=metrics), *locks, body]


def _describe(app: FastAPI, config: ServeConfig, limits: Limits) -> None:
    """Write this server's own limits into its OpenAPI."""
    schemas = app.openapi()["components"]["schemas"]
    for schema, names in (
        ("GenerateRequest", ["max_new_tokens"]),
        ("CompletionRequest", ["max_tokens"]),
        ("ChatRequest", ["max_tokens", "max_completion_tokens"]),
    ):
        for name in names:
            schemas[schema]["properties"][name]["anyOf"][0]["maximum"] = limits.max_new_tokens
    for schema in ("CompletionRequest", "ChatRequest"):
        schemas[schema]["properties"]["model"]["enum"] = [config.model_name]


async def _on_refusal(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)  # noqa: S101  # that is what it is registered for
    return error_response(error.body, error.status, error.headers)


async def _on_validation(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # that is what it is registered for
    problems = error.errors()
    if problems[0]["type"] == "json_invalid":
        at = problems[0]["loc"][-1]
        body = error_body(f"the body is not JSON: {problems[0]['ctx']['error']} at character {at}", *_INVALID)
        return error_response(body, 400)
    told = [f"{_place(problem)}: {_rule(problem)}" for problem in problems[:_MAX_TOLD]]
    body = error_body("; ".join(told), *_INVALID, param=_place(problems[0]))
    return error_response(body, 422)


async def _on_http_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101  # that is what it is registered for
    return error_response(error_body(str(error.detail), *_INVALID), error.status_code, error.headers)


async def _on_crash(_: Request, error: Exception) -> JSONResponse:
    body = error_body("internal error; the log of the server says why", "server_error", "internal_error")
    return error_response(body, 500, {"Connection": "close"})  # uvicorn closes it, and the client should know


def _place(problem: Mapping[str, Any]) -> str:
    return ".".join(str(part) for part in problem["loc"][1:]) or "body"


def _rule(problem: Mapping[str, Any]) -> str:
    if problem["type"] == "extra_forbidden":
        return "this field is unknown here; leave it out"
    return str(problem["msg"])


_MAX_TOLD = 8
_INVALID = ("invalid_request_error", "invalid_value")
_HANDLERS: dict[int | type[Exception], Any] = {
    Refusal: _on_refusal,
    RequestValidationError: _on_validation,
    HTTPException: _on_http_error,
    500: _on_crash,
}
