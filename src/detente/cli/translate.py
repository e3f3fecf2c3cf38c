"""`detente translate`: a body of one dialect in another one, with what is lost on the way.

Offline: nothing is sent anywhere. What it prints is what the gateway would send or answer.

    detente translate --from openai_chat --to anthropic_messages < body.json
"""

import os
import sys
from typing import Annotated, Final, Literal

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from detente import catalog
from detente.canonical.capability import UNKNOWN
from detente.canonical.failure import ClientFault
from detente.canonical.loss import Loss
from detente.configuration.located import did_you_mean
from detente.dialects import CODECS, codec_of
from detente.dialects.codec import Codec, Reply, Target
from detente.dialects.translation import Translation, translated_answer, translated_stream
from detente.terminal import WIDTH_WITHOUT_TERMINAL

BODY_BYTES_MAX: Final = 64 * 1024 * 1024
"""As the gateway takes by default (`request_body_bytes_max`)."""

Kind = Literal["request", "answer", "stream"]


def translate(
    *,
    from_: Annotated[str, Parameter(name="--from")],
    to: str,
    kind: Kind = "request",
    model: str = "model",
    stream: Annotated[bool, Parameter(negative="")] = False,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Translate a body on standard input into another dialect, and name what is lost.

    Status 1 where a loss is of the kind that the gateway refuses by default.

    Parameters
    ----------
    from_
        The dialect of the body: `openai_chat`, `anthropic_messages` and so on.
    to
        The dialect wanted.
    kind
        What the body is: a request, a whole answer, or the bytes of a streamed answer.
    model
        The upstream's name of the model; what the catalog knows of it is taken into account.
    stream
        The request's path asks for a stream, in dialects where the path says it.
    as_json
        Print one JSON object with `body` and `losses`.
    """
    source, target = _codec(from_, "--from"), _codec(to, "--to")
    body = sys.stdin.buffer.read(BODY_BYTES_MAX + 1)
    if len(body) > BODY_BYTES_MAX:
        raise ClientFault("request_too_large", f"the body is larger than {BODY_BYTES_MAX} bytes")
    result, losses = _translated(body, source, target, kind=kind, model=model, stream=stream)
    if as_json:
        sys.stdout.write(_as_json(result, losses, kind) + "\n")
    else:
        _show(result, losses, kind)
    if any(loss.severity == "refuse" for loss in losses):
        raise SystemExit(1)


def _codec(name: str, option: str) -> Codec:
    for codec in CODECS:
        if codec.name == name:
            found = codec_of(codec.name)
            assert found is not None
            return found
    known = [codec.name for codec in CODECS]
    hint = did_you_mean(name, [*known])
    raise ClientFault("request_invalid", f"`{option}`: unknown dialect `{name}`; {hint}")


def _translated(
    body: bytes, source: Codec, target: Codec, *, kind: Kind, model: str, stream: bool
) -> tuple[bytes, tuple[Loss, ...]]:
    if kind == "answer":
        return translated_answer(body, source, target, Reply())
    if kind == "stream":
        return translated_stream(body, source, target, Reply())
    capabilities = catalog.capabilities_of(model, catalog.capability_rows()) or UNKNOWN
    translation = Translation(source, body, model=model, stream=stream or None)
    out = translation.encoded_for(target, Target(model=model, capabilities=capabilities))
    return out.body, out.losses


def _as_json(result: bytes, losses: tuple[Loss, ...], kind: Kind) -> str:
    body = _text(result) if kind == "stream" else msgspec.json.decode(result)
    return msgspec.json.encode({"body": body, "losses": losses}).decode()


def _show(result: bytes, losses: tuple[Loss, ...], kind: Kind) -> None:
    if kind == "stream":
        sys.stdout.write(_text(result))
    else:
        sys.stdout.write(msgspec.json.format(result, indent=2).decode() + "\n")
    sys.stdout.flush()
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(stderr=True, highlight=False, width=WIDTH_WITHOUT_TERMINAL)
    if not losses:
        console.print("nothing is lost")
        return
    table = Table("feature", "where", "why", "by default")
    for loss in losses:
        said = "refused" if loss.severity == "refuse" else "dropped and named"
        table.add_row(loss.what, loss.path, loss.why, said)
    console.print(table)


def _text(stream: bytes) -> str:
    """A stream as text; one that is binary as hexadecimal lines."""
    try:
        return stream.decode()
    except UnicodeDecodeError:
        return stream.hex(" ", 32) + "\n"
