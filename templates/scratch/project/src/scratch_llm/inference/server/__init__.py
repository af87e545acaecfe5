"""The HTTP server: its own API and OpenAI's, over one thread of continuous batching.

config -> `create_app` -> routes -> `Engine` (event loop) <-> worker thread -> `ContinuousBatcher`
"""

from importlib.util import find_spec

from scratch_llm.utils.errors import MissingError, install_command

if absent := [name for name in ("fastapi", "uvicorn", "prometheus_client") if find_spec(name) is None]:
    names = ", ".join(absent)
    raise MissingError(f"the server needs {names}", install_command("serve"))

from scratch_llm.inference.server.app import create_app
from scratch_llm.inference.server.process import serve

__all__ = ["create_app", "serve"]
