"""`detente held`: what waits for an operator's word, and the word.

Asks the running gateway, whose workers have it in their memory and nowhere else.

    detente held list
    detente held release req_0123456789abcdef00000001
"""

import sys
from datetime import UTC, datetime
from typing import Final, TypeVar
from urllib.parse import quote

import msgspec
from cyclopts import App
from rich.table import Table
from rich.text import Text

from detente.canonical.failure import ClientFault
from detente.cli import BAD_NEWS
from detente.cli.parameters import HERE, GatewayConfig, Json
from detente.cli.running import Method, ask_for_status, reasons
from detente.gateway.guarding.held_desk import HeldContent, HeldShown
from detente.gateway.guarding.held_requests import Notice
from detente.terminal import console

PATH: Final = "/admin/v1/held"
HEADINGS: Final = ("REQUEST", "LEFT", "STAGE", "FOR", "POLICY", "PROJECT", "KEY", "MODEL")
T = TypeVar("T")

app = App(name="held", help="List what waits for an operator's word; release or refuse it.")


@app.command(name="list")
def list_held(*, config: GatewayConfig = HERE, as_json: Json = False) -> None:
    """List what waits for an operator, the oldest first; not what it says."""
    shown = _asked(config, "GET", PATH, HeldShown)
    if as_json:
        _print(shown)
    elif shown.held:
        console().print(_table(shown.held, datetime.now(UTC)))
    else:
        sys.stdout.write("nothing is held\n")
    if shown.silent:
        names = ", ".join(f"`{name}`" for name in shown.silent)
        sys.stderr.write(f"no answer from {names}, so what they hold is not told; ask again\n")
        raise SystemExit(BAD_NEWS)


@app.command
def show(request: str, /, *, config: GatewayConfig = HERE, as_json: Json = False) -> None:
    """Show what a held request or answer says, where `guardrails.show_held` allows it.

    Parameters
    ----------
    request
        Its id, of the list. That you looked is written down.
    """
    found = _asked(config, "POST", f"{PATH}/{quote(request, safe='')}/look", HeldContent)
    if as_json:
        _print(found)
        return
    sys.stdout.write(f"{_plain(found.content.text)}\n")
    if not found.content.whole:
        sys.stderr.write("that is its beginning; the rest is not shown\n")


@app.command
def release(request: str, /, *, config: GatewayConfig = HERE, as_json: Json = False) -> None:
    """Let a held request be sent, or a held answer be given.

    Parameters
    ----------
    request
        Its id, of the list.
    """
    _said(config, request, "release", as_json=as_json)


@app.command
def refuse(request: str, /, *, config: GatewayConfig = HERE, as_json: Json = False) -> None:
    """Refuse what is held; its client gets an error.

    Parameters
    ----------
    request
        Its id, of the list.
    """
    _said(config, request, "refuse", as_json=as_json)


def _said(config: GatewayConfig, request: str, word: str, *, as_json: bool) -> None:
    notice = _asked(config, "POST", f"{PATH}/{quote(request, safe='')}/{word}", Notice)
    if as_json:
        _print(notice)
        return
    what = "request" if notice.stage == "input" else "answer"
    done = "released" if word == "release" else "refused"
    sys.stdout.write(
        f"{done} the {what} of `{notice.id}`, held for `{notice.category}`"
        f" by policy `{notice.policy}`\n"
    )


def _asked(config: GatewayConfig, method: Method, path: str, kind: type[T]) -> T:
    """What the gateway answers; ends with 1 where a worker is silent, with 2 where it refuses."""
    status, answer = ask_for_status(config, method, path)
    if status < 300:
        return msgspec.json.decode(answer, type=kind)
    said = "; ".join(reasons(answer))
    if status < 500:
        raise ClientFault("request_invalid", said)
    sys.stderr.write(f"{said}\n")
    raise SystemExit(BAD_NEWS)


def _table(notices: tuple[Notice, ...], now: datetime) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in HEADINGS:
        table.add_column(heading, overflow="fold", no_wrap=heading == "REQUEST")
    for notice in notices:
        place = "request" if notice.stage == "input" else f"answer of {notice.deployment}"
        table.add_row(
            Text(notice.id, style="bold"),
            _time(max(0, int((notice.until - now).total_seconds()))),
            place,
            f"{notice.category} {notice.severity} ({notice.source})",
            *(notice.policy, notice.project or "", notice.key or "", notice.model),
        )
    return table


def _time(seconds: int) -> str:
    """What is left, in hours, minutes and seconds."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _plain(text: str) -> str:
    """The text with nothing in it that moves a terminal, or turns what it shows around."""
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)


def _print(value: msgspec.Struct) -> None:
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
