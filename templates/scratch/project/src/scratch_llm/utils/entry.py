"""How every script starts: run its main, and turn an expected error into one clear message."""

import sys
from collections.abc import Callable

from scratch_llm.utils.errors import ProjectError


def run(main: Callable[[], int | None]) -> None:
    """Run `main` and leave the process with its exit code; 2 stands for an error of the user's or the world's."""
    try:
        code = main() or 0
    except ProjectError as error:
        print(f"error: {error}", file=sys.stderr)
        code = 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        code = 130
    sys.exit(code)
