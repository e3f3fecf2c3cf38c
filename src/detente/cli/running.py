"""Asks a running gateway by its admin API, at the address that its configuration names.

answer = ask_running(Path("detente.toml"), "GET", "/admin/v1/status")
"""

import http.client
import sys
from pathlib import Path
from typing import Final, Literal

import msgspec

from detente.cli import WRONG_USAGE
from detente.configuration.world import split_listen
from detente.wiring import Setup, admin_listen_of

TIMEOUT_S: Final = 30.0
ANSWER_BYTES_MAX: Final = 64 * 1024 * 1024
"""Thousands of deployments with all that is known of each; who sends more is no gateway."""


Method = Literal["GET", "POST", "DELETE"]


class InForce(msgspec.Struct, frozen=True, kw_only=True):
    """Whether what was changed is in force now.

    Without a `running` gateway it will be from the next start; with `errors` the running one
    keeps what was in force.
    """

    running: bool
    errors: tuple[str, ...] = ()

    @property
    def now(self) -> bool:
        """Whether a running gateway decides by it."""
        return self.running and not self.errors


class _Status(msgspec.Struct, frozen=True, kw_only=True):
    configuration: str


class _Reloaded(msgspec.Struct, frozen=True, kw_only=True):
    errors: tuple[str, ...] = ()


def put_in_force(setup: Setup) -> InForce:
    """Has the running gateway of this very configuration, if there is one, read it again."""
    host, port = split_listen(setup.configuration.server.admin_listen)
    try:
        status = msgspec.json.decode(_asked(host, port, "GET", "/admin/v1/status"), type=_Status)
        if Path(status.configuration) != setup.path.resolve():
            return InForce(running=False)  # another configuration's gateway has the address
        answer = _asked(host, port, "POST", "/admin/v1/reload")
        return InForce(running=True, errors=msgspec.json.decode(answer, type=_Reloaded).errors)
    except (OSError, http.client.HTTPException, msgspec.DecodeError):
        return InForce(running=False)


def ask_running(
    config: Path,
    method: Method,
    path: str,
    body: bytes = b"{}",
) -> bytes:
    """The answer's body, whatever its status; `body` is what a POST sends.

    Ends the command with 2 where no gateway answers, and the sentence that names the cure.
    """
    host, port = split_listen(admin_listen_of(config))
    try:
        return _asked(host, port, method, path, body)
    except (OSError, http.client.HTTPException) as error:
        reason = (getattr(error, "strerror", None) or "no answer").lower()
        sys.stderr.write(
            f"no gateway answers at `{host}:{port}` ({reason}); start it with `detente serve`\n"
        )
        raise SystemExit(WRONG_USAGE) from None


def ask_if_running(config: Path, method: Method, path: str) -> bytes | None:
    """The answer's body, whatever its status; None where no gateway answers."""
    host, port = split_listen(admin_listen_of(config))
    try:
        return _asked(host, port, method, path)
    except (OSError, http.client.HTTPException):
        return None


def _asked(host: str, port: int, method: Method, path: str, body: bytes = b"{}") -> bytes:
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    command = body if method == "POST" else None
    try:
        connection.request(method, path, command, {"content-type": "application/json"})
        return connection.getresponse().read(ANSWER_BYTES_MAX)
    finally:
        connection.close()
