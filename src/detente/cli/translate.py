"""`detente translate`: a body of one dialect in another one, with what is lost on the way.

Offline: nothing is sent anywhere. What it prints is what the gateway would send or answer.

    detente translate --from openai_chat --to anthropic_messages < body.json
    detente translate --sample seed --to anthropic_messages
"""

import base64
import os
import sys
from typing import Annotated, Final, Literal

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from detente import catalog, providers
from detente.canonical.capability import UNKNOWN
from detente.canonical.failure import ClientFault, ProviderFault
from detente.canonical.loss import FEATURES, Loss, not_allowed
from detente.canonical.model import Dialect
from detente.cli import BAD_NEWS
from detente.configuration.located import did_you_mean
from detente.dialects import embedding_codec_of
from detente.dialects.matrix import MODEL, ROWS, Column, Sheet, columns, sampled
from detente.dialects.offline import Kind, Translated, Way, translated
from detente.providers import Quirks
from detente.terminal import WIDTH_WITHOUT_TERMINAL

BODY_BYTES_MAX: Final = 64 * 1024 * 1024
"""As the gateway takes by default (`request_body_bytes_max`)."""


def translate(
    *,
    from_: Annotated[Dialect | None, Parameter(name="--from")] = None,
    to: Dialect,
    sample: str | None = None,
    kind: Kind = "request",
    model: str = "model",
    stream: Annotated[bool, Parameter(negative="")] = False,
    api_version: str | None = None,
    provider: str | None = None,
    on_loss: Literal["default", "refuse"] = "default",
    allow: Annotated[tuple[str, ...], Parameter(negative="", consume_multiple=False)] = (),
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Translate a body into another dialect, and name what is lost.

    Reads standard input, prints what the gateway would send, and on standard error what the other
    dialect cannot carry. Nothing is sent. Ends with status 1 where the gateway would refuse the
    request for what it loses, or where a stream broke off; an answer is never refused.

    Parameters
    ----------
    from_
        The dialect of the body; a sample goes by way of it, or straight if it is left out.
    to
        The dialect wanted.
    sample
        Translate this row of the loss matrix rather than standard input.
    kind
        What the body is: a request, a whole answer, or the bytes of a streamed answer.
    model
        The upstream's name of the model; what the catalog knows of it is taken into account.
    stream
        The request's path asks for a stream, in dialects where the path says it.
    api_version
        The version of the wanted dialect, where it has several; the gateway's own if left out.
    provider
        The kind of provider that is to get it (`mistral`); what it refuses is lost as well.
    on_loss
        As `[translation] on_loss`: with `refuse` every loss counts as a refusal.
    allow
        As `[translation] allow`: this feature may be lost; may be given several times.
    as_json
        Print one JSON object: `body`, `losses`, and whether it is `refused`.
    """
    for feature in allow:
        _known(feature, tuple(FEATURES), "`--allow`: no feature `{}`")
    known = catalog.capabilities_of(model, catalog.capability_rows())
    quirks = _quirks(provider, to)
    way = Way(
        source=from_ or to,
        target=to,
        kind=kind,
        model=model,
        capabilities=known or UNKNOWN,
        stream=stream or None,
        api_version=api_version,
        refused=frozenset(quirks.refused),
        thoughts=quirks.thoughts,
    )
    if sample is not None:
        done = _sampled(sample, way)
    elif from_ is not None:
        done = _done(_stdin(), way)
    else:
        raise ClientFault("request_invalid", "`--from` is missing: say what dialect the body has")
    refused = not_allowed(done.losses, every=on_loss == "refuse", allowed=allow)
    if kind != "request":
        refused = ()
    if as_json:
        sys.stdout.write(_as_json(done, refused=bool(refused)) + "\n")
    else:
        _show(done, refused)
    if refused or not done.whole:
        raise SystemExit(BAD_NEWS)


def _quirks(provider: str | None, dialect: Dialect) -> Quirks:
    """Where a kind of provider differs from a dialect that it speaks."""
    if provider is None:
        return Quirks()
    kinds = {kind.name: kind for kind in providers.kinds()}
    _known(provider, tuple(kinds), "`--provider`: no kind of provider `{}`")
    return kinds[provider].quirks.get(dialect, Quirks())


def _stdin() -> bytes:
    body = sys.stdin.buffer.read(BODY_BYTES_MAX + 1)
    if len(body) > BODY_BYTES_MAX:
        raise ClientFault(
            "request_too_large", f"the body is larger than {BODY_BYTES_MAX} bytes; send less"
        )
    return body


def _sampled(row: str, way: Way) -> Translated:
    """A sample of the matrix in the dialect that is wanted, by way of another one or straight."""
    sheet = _sheet(way)
    _known(row, ROWS[sheet], "`--sample`: no row `{}` in the loss matrix")
    spoken = {column.dialect for column in columns(sheet)}
    for dialect in (way.source, way.target):
        if dialect not in spoken:
            raise ClientFault(
                "request_invalid",
                f"samples of this kind are not said in `{dialect}`; choose from "
                + ", ".join(f"`{one}`" for one in sorted(spoken)),
            )
    model = way.model if way.source == way.target else MODEL
    encoded = sampled(sheet, row, Column(dialect=way.source, model=model))
    if way.source == way.target:
        return Translated(body=encoded.body, losses=encoded.losses)
    return _done(encoded.body, way)


def _sheet(way: Way) -> Sheet:
    if way.kind == "stream":
        raise ClientFault("request_invalid", "samples are requests and answers; say which `--kind`")
    if embedding_codec_of(way.target) is None:
        return way.kind
    return "embedding request" if way.kind == "request" else "embedding answer"


def _known(word: str, words: tuple[str, ...], complaint: str) -> None:
    if word not in words:
        hint = did_you_mean(word, list(words))
        raise ClientFault("request_invalid", f"{complaint.format(word)}; {hint}")


def _done(body: bytes, way: Way) -> Translated:
    try:
        return translated(body, way)
    except ProviderFault as fault:  # here it is whoever typed this, and no other deployment helps
        what = str(fault).partition(";")[0]
        raise ClientFault(
            "request_invalid", f"{what}; `--from` says that it is of `{way.source}`"
        ) from None


def _as_json(done: Translated, *, refused: bool) -> str:
    told: dict[str, object]
    try:
        told = {"body": msgspec.Raw(msgspec.json.format(done.body, indent=-1))}
    except msgspec.DecodeError:  # a stream: lines of text, or frames
        text = _text(done.body)
        encoded = base64.b64encode(done.body).decode()
        told = {"body_base64": encoded} if text is None else {"body": text}
    if not done.whole:
        told["whole"] = False
    return msgspec.json.encode({**told, "losses": done.losses, "refused": refused}).decode()


def _show(done: Translated, refused: tuple[Loss, ...]) -> None:
    """The body on standard output, as it is where that is no terminal and no JSON."""
    try:
        out = msgspec.json.format(done.body, indent=2) + b"\n"
    except msgspec.DecodeError:
        frames = _text(done.body) is None and sys.stdout.isatty()
        out = done.body.hex(" ", 32).encode() + b"\n" if frames else done.body
    sys.stdout.buffer.write(out)
    sys.stdout.flush()
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(stderr=True, highlight=False, width=WIDTH_WITHOUT_TERMINAL)
    if not done.whole:
        console.print("the stream breaks off: its dialect's own end is missing")
    if not done.losses:
        console.print("nothing is lost")
        return
    table = Table("feature", "where", "why", "so it is")
    for loss in done.losses:
        table.add_row(
            loss.what, loss.path, loss.why, "refused" if loss in refused else "dropped and named"
        )
    console.print(table)


def _text(stream: bytes) -> str | None:
    """A stream as text, None where it is binary."""
    try:
        return stream.decode()
    except UnicodeDecodeError:
        return None
