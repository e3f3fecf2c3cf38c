"""Asks a running gateway by its admin API, at the address that its configuration names.

Sends the administrator's key that `DETENTE_ADMIN_KEY` has, never one from the command line, which
every user of the machine could read. Where the admin API speaks TLS, the key goes to nobody but the
one who has the very certificate that the configuration names.

answer = ask_running(Path("detente.toml"), "GET", "/admin/v1/status")
"""

import http.client
import os
import re
import socket
import ssl
import sys
from pathlib import Path
from typing import Final, Literal

import msgspec

from detente.cli import BAD_NEWS, WRONG_USAGE
from detente.configuration.addresses import split_listen
from detente.configuration.administration import admin_speaks_tls
from detente.configuration.schema import Server
from detente.wiring import Setup, server_of

TIMEOUT_S: Final = 30.0
ANSWER_BYTES_MAX: Final = 64 * 1024 * 1024
"""Thousands of deployments with all that is known of each; who sends more is no gateway."""
KEY_VARIABLE: Final = "DETENTE_ADMIN_KEY"
LOOPBACK_OF: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - asked, not listened on
"""Where to ask somebody who listens on every address."""


Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
CARRIES: Final[tuple[Method, ...]] = ("POST", "PUT", "PATCH")
"""Methods with a body."""
FIRST_CERTIFICATE: Final = re.compile(
    r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----"
)
NOT_ASKED: Final = (401, 403)
"""The gateway does not know who asks, or they may not."""


class Admin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a gateway answers its admin API; `certificate` is the file of its own, with TLS."""

    host: str
    port: int
    certificate: Path | None = None

    @property
    def shown(self) -> str:
        """The address as people write it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


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
    admin = _admin_of(setup.configuration.server, setup.path.parent)
    try:
        code, answer = _answered(admin, "GET", "/admin/v1/status", b"")
        if code in NOT_ASKED:
            return InForce(running=True, errors=reasons(answer))
        status = msgspec.json.decode(answer, type=_Status)
        if Path(status.configuration) != setup.path.resolve():
            return InForce(running=False)  # another configuration's gateway has the address
        _, answer = _answered(admin, "POST", "/admin/v1/reload", b"{}")
        return InForce(running=True, errors=msgspec.json.decode(answer, type=_Reloaded).errors)
    except (OSError, http.client.HTTPException, ValueError, RecursionError):
        return InForce(running=False)


def ask_running(
    config: Path,
    method: Method,
    path: str,
    body: bytes = b"{}",
) -> bytes:
    """The answer's body, whatever its status; `body` is what a POST sends.

    Ends the command with 2 where no gateway answers, or it does not know who asks, or they may not;
    and with the sentence that names the cure.
    """
    return ask_for_status(config, method, path, body)[1]


def ask_for_status(
    config: Path, method: Method, path: str, body: bytes = b"{}"
) -> tuple[int, bytes]:
    """The answer's status and body, as `ask_running` asks."""
    admin = admin_of(config)
    try:
        status, answer = _answered(admin, method, path, body)
    except (OSError, http.client.HTTPException) as error:
        reason = (getattr(error, "strerror", None) or "no answer").lower()
        sys.stderr.write(
            f"no gateway answers at `{admin.shown}` ({reason}); start it with `detente serve`\n"
        )
        raise SystemExit(WRONG_USAGE) from None
    return _to_who_may(status, answer)


def answer_if_running(
    config: Path, method: Method, path: str, body: bytes = b"{}"
) -> tuple[int, bytes] | None:
    """The answer's status and body; None where nobody listens there, so that nothing was done.

    Ends the command where somebody does and it came to nothing: what was asked may be done.
    """
    try:
        status, answer = _answered(admin_of(config), method, path, body)
    except ConnectionRefusedError:
        return None
    except (OSError, http.client.HTTPException):
        sys.stderr.write("the gateway did not answer in full; look whether it was done\n")
        raise SystemExit(BAD_NEWS) from None
    return _to_who_may(status, answer)


def _to_who_may(status: int, answer: bytes) -> tuple[int, bytes]:
    if status in NOT_ASKED:
        sys.stderr.write("".join(f"{reason}\n" for reason in reasons(answer)))
        raise SystemExit(WRONG_USAGE)
    return status, answer


def ask_if_running(config: Path, method: Method, path: str) -> bytes | None:
    """The answer's body; None where no gateway answers, or not to who asks."""
    try:
        status, answer = _answered(admin_of(config), method, path, b"{}")
    except (OSError, http.client.HTTPException):
        return None
    return None if status in NOT_ASKED else answer


def admin_of(config: Path) -> Admin:
    """Where the gateway of the configuration at `config` is asked; raises `LocatedErrors`."""
    return _admin_of(server_of(config), config if config.is_dir() else config.parent)


def _admin_of(server: Server, folder: Path) -> Admin:
    host, port = split_listen(server.admin_listen)
    speaks_tls = admin_speaks_tls(server)
    certificate = folder / server.tls.certificate if server.tls and speaks_tls else None
    return Admin(host=LOOPBACK_OF.get(host, host), port=port, certificate=certificate)


def _answered(admin: Admin, method: Method, path: str, body: bytes) -> tuple[int, bytes]:
    """Raises `OSError` and `HTTPException`."""
    headers = {"content-type": "application/json"}
    if key := _key():
        headers["authorization"] = f"Bearer {key}"
    connection = (
        http.client.HTTPConnection(admin.host, admin.port, timeout=TIMEOUT_S)
        if admin.certificate is None
        else _Pinned(admin.host, admin.port, admin.certificate)
    )
    try:
        connection.request(method, path, body if method in CARRIES else None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(ANSWER_BYTES_MAX)
    finally:
        connection.close()


def _key() -> str:
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if not key.isascii() or not key.isprintable():
        sys.stderr.write(f"`{KEY_VARIABLE}` holds what no header can carry; set it to the key\n")
        raise SystemExit(WRONG_USAGE)
    return key


class _Refusal(msgspec.Struct, frozen=True, kw_only=True):
    errors: tuple[str, ...] = ()


def reasons(body: bytes) -> tuple[str, ...]:
    """Why the gateway did not do what it was asked."""
    try:
        return msgspec.json.decode(body, type=_Refusal).errors
    except (ValueError, RecursionError):
        return ("the gateway refused without a reason; check `server.admin_listen`",)


class _Pinned(http.client.HTTPConnection):
    """Speaks with nobody but the one whose certificate is the first in the file.

    Stricter than a chain and a name, and independent of both: the certificate is made out for the
    name that clients use, and this asks at an address.
    """

    def __init__(self, host: str, port: int, certificate: Path) -> None:
        super().__init__(host, port, timeout=TIMEOUT_S)
        self._certificate = certificate

    def connect(self) -> None:
        """Connect, and look whom to, before anything is sent."""
        expected = ssl.PEM_cert_to_DER_cert(_first_certificate(self._certificate.read_text()))
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # compared below instead, with the very one
        plain = socket.create_connection((self.host, self.port), timeout=TIMEOUT_S)
        try:
            wrapped = context.wrap_socket(plain)
        except OSError:
            plain.close()
            raise
        if wrapped.getpeercert(binary_form=True) != expected:
            wrapped.close()
            raise ssl.SSLError(0, "another certificate than `server.tls` names")
        self.sock = wrapped


def _first_certificate(pem: str) -> str:
    found = FIRST_CERTIFICATE.search(pem)
    if found is None:
        raise ssl.SSLError(0, "no certificate in the file that `server.tls` names")
    return found[0] + "\n"
