"""Why a request gets no answer, and the one shape in which every error leaves the server (OpenAI's).

| status | kind | when |
|---|---|---|
| 400 | invalid_request_error | the body is not JSON |
| 401 | authentication_error | the API key is missing or wrong |
| 404 | invalid_request_error | no such route or model |
| 408 | invalid_request_error | the body does not arrive |
| 413 | invalid_request_error | the body is too large |
| 422 | invalid_request_error | a field is unknown, of a wrong type or beyond its limit |
| 429 | rate_limit_error | all slots and all places in the queue are taken |
| 500 | server_error | generation failed |
| 503 | server_error | the model is not ready, all connections are taken, or the server is shutting down |
| 504 | server_error | the deadline passed; in a stream that has begun, an event with the error ends it |
"""

from collections.abc import Mapping

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from scratch_llm.utils.errors import RequestError

_MAX_MESSAGE = 2000  # a request with a thousand wrong fields does not get all of them back


class ErrorDetail(BaseModel):
    """What went wrong."""

    model_config = ConfigDict(extra="forbid")

    message: str = Field(description="the value, the rule and what to do next")
    type: str = Field(description="kind of the error, as OpenAI's clients know it")
    param: str | None = Field(None, description="field of the request that is wrong")
    code: str | None = Field(None, description="short name of the case")


class ErrorBody(BaseModel):
    """Body of every answer that is an error."""

    model_config = ConfigDict(extra="forbid")

    error: ErrorDetail


class Refusal(RequestError):
    """A request that gets no answer; its status and kind belong to the class."""

    status = 500
    kind = "server_error"
    code = "internal_error"
    retry_after_s: int | None = None
    param: str | None = None

    @property
    def body(self) -> ErrorBody:
        """What the client reads."""
        return error_body(str(self).replace("\n  -> ", "; "), self.kind, self.code, self.param)

    @property
    def headers(self) -> dict[str, str]:
        """Headers that belong to the status."""
        return {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}


class InvalidRequest(Refusal):
    """The request breaks a rule."""

    status, kind, code = 422, "invalid_request_error", "invalid_value"

    def __init__(self, message: str, hint: str, param: str) -> None:
        super().__init__(message, hint)
        self.param = param


class ModelNotFound(Refusal):
    """Another model is asked for."""

    status, kind, code, param = 404, "invalid_request_error", "model_not_found", "model"


class Unauthorized(Refusal):
    """The API key is missing or wrong."""

    status, kind, code = 401, "authentication_error", "invalid_api_key"

    @property
    def headers(self) -> dict[str, str]:
        """The scheme to use."""
        return {"WWW-Authenticate": "Bearer"}


class BodyTooSlow(Refusal):
    """The body is not there within `body_s`."""

    status, kind, code = 408, "invalid_request_error", "body_too_slow"


class BodyTooLarge(Refusal):
    """The body is beyond `max_body_bytes`."""

    status, kind, code = 413, "invalid_request_error", "body_too_large"


class QueueFull(Refusal):
    """All slots and all places in the queue are taken."""

    status, kind, code = 429, "rate_limit_error", "queue_full"

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message, f"try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class NotReady(Refusal):
    """The model is not there, or the server is shutting down."""

    status, code, retry_after_s = 503, "not_ready", 5


class ServerFull(Refusal):
    """All connections are taken."""

    status, code, retry_after_s = 503, "server_full", 5


class WorkerFailed(Refusal):
    """The thread that generates has died with this request in it."""

    status, code = 500, "generation_failed"


class DeadlinePassed(Refusal):
    """The answer took too long."""

    status, code = 504, "deadline_passed"


class ClientLeft(Refusal):
    """Nobody waits for the answer any more; the status is only ever seen in the log."""

    status, code = 499, "client_left"


def error_body(message: str, kind: str, code: str | None = None, param: str | None = None) -> ErrorBody:
    """Put an error into its shape; a message may quote what a client sent, which need not be valid Unicode."""
    clean = message.encode("utf-8", "replace").decode("utf-8")[:_MAX_MESSAGE]
    param = param and param.encode("utf-8", "replace").decode("utf-8")[:_MAX_MESSAGE]
    return ErrorBody(error=ErrorDetail(message=clean, type=kind, param=param, code=code))


def error_response(body: ErrorBody, status: int, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Make the answer of an error."""
    return JSONResponse(body.model_dump(), status_code=status, headers=headers)
