"""Runs the app as a process that ends well: on SIGTERM it refuses new requests and finishes the ones it has."""

import asyncio
import logging
import signal
import socket
import sys
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI

from scratch_llm.config.serve import ServeConfig
from scratch_llm.inference import load_backend
from scratch_llm.inference.server.app import create_app, read_api_key
from scratch_llm.inference.server.connections import bounded
from scratch_llm.inference.server.engine import Engine
from scratch_llm.inference.server.logs import configure_logging
from scratch_llm.utils.errors import ConfigError

_log = logging.getLogger(__name__)
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def serve(config: ServeConfig, checkpoint: Path) -> None:
    """Serve a checkpoint until SIGTERM or Ctrl-C; a second signal ends the waiting for open requests.

    Raises:
        ConfigError: The address cannot be used.
        CheckpointError: There is no such checkpoint.
    """
    listener = _listen(config)
    configure_logging(config.log_format)
    if config.host not in _LOOPBACK and read_api_key(config) is None:
        _log.warning("anyone who reaches %s may use the model: %s is not set", config.host, config.api_key_env)
    loaded = load_backend(checkpoint, config.backend, config.n_slot, config.length, device=config.device)
    server = DrainingServer(create_app(config, loaded), config)
    # uvicorn raises the signal again once it has ended, for its parent; ending well is no error here.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server.run(sockets=[listener])


class DrainingServer(uvicorn.Server):
    """Goes on listening while it drains, so that new requests are told 503 instead of meeting a closed door."""

    def __init__(self, app: FastAPI, config: ServeConfig) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,  # the log is ours
                access_log=False,
                http=bounded(config.max_connections, config.body_s),
                timeout_keep_alive=75,  # longer than proxies keep connections, lest one is closed under a request
                timeout_graceful_shutdown=5,  # for answers that are generated but not yet fetched
            )
        )
        self._engine: Engine = app.state.engine
        self._drain_s = config.drain_s
        self._draining: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say where requests can be sent."""
        await super().startup(sockets)
        for host, port, *_ in (listener.getsockname() for listener in sockets or []):
            _log.info("listening", extra={"fields": {"host": host, "port": port}})

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain first, then stop listening."""
        self._draining = asyncio.create_task(self._engine.drain(self._drain_s))
        await asyncio.wait([self._draining])
        self._engine.refuse_open()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Note a signal; the second one cuts the draining short."""
        super().handle_exit(sig, frame)
        if self._draining is not None:
            self._draining.get_loop().call_soon_threadsafe(self._draining.cancel)


def _listen(config: ServeConfig) -> socket.socket:
    """Bind before the model is loaded: a wrong address is told at once."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.host, config.port))
    except OSError as error:
        raise ConfigError(f"cannot listen at {config.host}:{config.port}: {error}", "choose another port=") from error
    return listener
