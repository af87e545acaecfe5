"""The connection to an engine: docker's library, and its many ways of failing told as one."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from socket import gaierror
from typing import Any

from framework.errors import FoundryError
from framework.runtime.docker.endpoint import Endpoint
from framework.runtime.docker.errors import EngineMissing, Reason

SECONDS = 20  # an engine that is busy with a build answers late

_HINTS: dict[Reason, str] = {
    "absent": "Install docker or start its engine (`foundry doctor` says how), or go on with --no-docker.",
    "denied": "`sudo usermod -aG docker $USER`, log in again, then resume; or go on with --no-docker.",
    "refused": "Start the engine (`sudo systemctl start docker`) or set DOCKER_HOST to one that runs.",
    "silent": "See whether the engine hangs (`docker version`), restart it, then resume.",
    "address": "Set DOCKER_HOST to unix:///path, tcp://host:port or ssh://user@host, or unset it.",
    "tls": "DOCKER_TLS_VERIFY and DOCKER_CERT_PATH have to fit the engine's certificate.",
    "ssh": "Put Python's package paramiko beside foundry, or forward the engine's socket and set DOCKER_HOST to it.",
    "stopped": "Start the engine again, then resume: what was finished is kept.",
    "strange": "Something else may answer there; see `docker version`.",
}


# What the library says of an address that it cannot read, before it has asked anybody.
_ADDRESS = re.compile(r"invalid (bind address|.*protocol|.*host)|unsupported protocol|failed to parse", re.IGNORECASE)


class Refused(FoundryError):
    """The engine answers, and says no."""

    code = 5

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"the docker engine refuses: {said}", hint="Mend what it names, then resume.")
        self.status, self.said = status, said


def connect(endpoint: Endpoint, seconds: float = SECONDS) -> Any:
    """A client of docker's library: `docker.APIClient`, whose answers are plain JSON."""
    import docker  # type: ignore[import-untyped]

    with answering(endpoint):
        return docker.APIClient(
            base_url=endpoint.url,
            version="auto",
            timeout=seconds,
            tls=_tls(endpoint) or False,
            use_ssh_client=endpoint.url.startswith("ssh:"),
        )


def _tls(endpoint: Endpoint) -> Any:
    from docker.tls import TLSConfig  # type: ignore[import-untyped]

    folder = endpoint.certificates
    if folder is None:
        return None
    pair = (str(folder / "cert.pem"), str(folder / "key.pem"))
    return TLSConfig(client_cert=pair, ca_cert=str(folder / "ca.pem"), verify=endpoint.verify)


@contextmanager
def answering(endpoint: Endpoint, *, begun: bool = False) -> Iterator[None]:
    """Tell every failure of the library as one of ours; `begun` where the engine has answered before."""
    from docker.errors import APIError, DockerException  # type: ignore[import-untyped]
    from requests.exceptions import RequestException

    try:
        yield
    except APIError as error:
        raise Refused(error.status_code or 0, str(error.explanation or error)) from error
    except (DockerException, RequestException, OSError) as error:
        raise _missing(endpoint, error, begun=begun) from error


def _missing(endpoint: Endpoint, error: BaseException, *, begun: bool) -> EngineMissing:
    cause = next((one for one in _causes(error) if isinstance(one, OSError) and one.errno), error)
    reason = _reason(error)
    if begun and reason in ("absent", "refused", "strange"):
        reason = "stopped"
    detail = str(getattr(cause, "strerror", None) or cause).replace(endpoint.url, endpoint.shown)
    return EngineMissing(endpoint.shown, reason, detail.rstrip("."), _HINTS[reason])


def _reason(error: BaseException) -> Reason:
    kinds: list[tuple[type[BaseException], Reason]] = [
        (ssl.SSLError, "tls"),
        (TimeoutError, "silent"),
        (gaierror, "address"),
        (PermissionError, "denied"),
        (ConnectionRefusedError, "refused"),
        (FileNotFoundError, "absent"),
    ]
    found = list(_causes(error))
    if any("Timeout" in type(one).__name__ for one in found):
        return "silent"
    named = next((reason for kind, reason in kinds if any(isinstance(one, kind) for one in found)), None)
    if any("paramiko" in str(one) for one in found):
        return "ssh"
    unreadable = any(_ADDRESS.search(str(one)) for one in found)
    return named or ("address" if unreadable else "strange")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it was made of: the libraries wrap each other's errors, some as arguments."""
    seen: list[BaseException] = [error]
    for one in seen:
        inner = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        seen += [cause for cause in inner if isinstance(cause, BaseException) and cause not in seen]
    yield from seen
