"""What the container runs: the server, with its API key from a file where there is one.

LLM_API_KEY_FILE names the file: Docker mounts secrets so, while `docker inspect` would show a variable to everybody.
"""

import os
import sys
from pathlib import Path

KEY = "LLM_API_KEY"


def main() -> None:
    """Become the server, so that it is the first process and gets the signals."""
    if file := os.environ.get(f"{KEY}_FILE"):
        try:
            os.environ[KEY] = Path(file).read_text(encoding="utf-8").strip()
        except PermissionError:
            sys.exit(f"permission denied: user {os.getuid()} may not read the key file {file}")
    os.execv(sys.executable, [sys.executable, "scripts/serve.py", *sys.argv[1:]])  # noqa: S606


if __name__ == "__main__":
    main()
