"""What a request of the admin API says, decoded as its operation declares it; raises `Refused`.

Not here: which operation it is, and who asks.
"""

from typing import Final, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request

from detente.gateway.admin.operation import JSON, Code, Nothing, Operation, Refused

BODY_BYTES_MAX: Final = 1024 * 1024
"""The largest command is a project with hundreds of rules; more is a mistake or an attack."""
_S = TypeVar("_S", bound=msgspec.Struct)


def says_json(request: Request, operation: Operation) -> bool:
    """Whether its body is said to be JSON, which no form of a web page can say.

    Where there is none to say anything of, a browser asks before it sends anything but a POST
    (https://fetch.spec.whatwg.org/#cors-safelisted-method, read 2026-11-22), and nobody answers it.
    """
    said = request.headers.get("content-type")
    if said is None:
        return operation.body is None and operation.method != "POST"
    return said.partition(";")[0].strip().lower() == JSON


def query_of(request: Request, kind: type[_S]) -> _S:
    """The query's parameters, each at most once."""
    pairs = request.query_params.multi_items()
    given = dict(pairs)
    if len(given) != len(pairs):
        raise Refused("request_invalid", "a parameter of the query stands twice; send it once")
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _invalid("request_invalid", "the query", error) from None


async def body_of(request: Request, kind: type[_S]) -> _S:
    """The body, at most `BODY_BYTES_MAX` of it."""
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > BODY_BYTES_MAX:
                message = f"a command has at most {BODY_BYTES_MAX} bytes; send a shorter one"
                raise Refused("request_too_large", message)
    except ClientDisconnect:
        raise Refused("request_invalid", "the body broke off; send all of it") from None
    try:
        return msgspec.json.decode(b"{}" if not body and kind is Nothing else body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _invalid("body_invalid", "the body", error) from None


def _invalid(code: Code, what: str, error: Exception) -> Refused:
    """msgspec's messages name types and members, never values."""
    said = str(error)
    message = f"{what} is not what is asked for ({said[:1].lower()}{said[1:]})"
    return Refused(code, f"{message}; see `/admin/v1/openapi.json`")
