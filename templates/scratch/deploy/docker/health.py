"""The container's health check: whether the server says that it works. It asks without a proxy, and needs no curl."""

import sys
from http.client import HTTPConnection, HTTPException

PORT = 8000


def main() -> int:
    """0 where it does."""
    connection = HTTPConnection("127.0.0.1", PORT, timeout=4)
    try:
        connection.request("GET", "/health")
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        print(f"/health does not answer: {error}")
        return 1
    print(f"/health answers {status}")
    return 0 if status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
