"""Asks a running gateway by its admin API, at the address that its configuration names.

answer = ask_running(Path("detente.toml"), "GET", "/admin/v1/status")
"""

import http.client
import sys
from pathlib import Path
from typing import Final, Literal

from detente.cli import WRONG_USAGE
from detente.configuration.world import split_listen
from detente.wiring import load

TIMEOUT_S: Final = 30.0
ANSWER_BYTES_MAX: Final = 64 * 1024 * 1024
"""Thousands of deployments with all that is known of each; who sends more is no gateway."""


def ask_running(config: Path, method: Literal["GET", "POST"], path: str) -> bytes:
    """The answer's body, whatever its status.

    Ends the command with 2 where no gateway answers, and the sentence that names the cure.
    """
    host, port = split_listen(load(config).configuration.server.admin_listen)
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    command = b"{}" if method == "POST" else None
    try:
        connection.request(method, path, command, {"content-type": "application/json"})
        return connection.getresponse().read(ANSWER_BYTES_MAX)
    except (OSError, http.client.HTTPException) as error:
        reason = (getattr(error, "strerror", None) or "no answer").lower()
        sys.stderr.write(
            f"no gateway answers at `{host}:{port}` ({reason}); start it with `detente serve`\n"
        )
        raise SystemExit(WRONG_USAGE) from None
    finally:
        connection.close()
