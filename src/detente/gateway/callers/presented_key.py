"""Where a request may carry a key: in one of four headers, or in the query as Google's clients do.

Knows no key, and judges none: it only finds the one that was sent.

>>> sole_key(None, b"/v1/models", {b"x-api-key": b"dt-x"})
b'dt-x'
"""

from collections.abc import Mapping
from hmac import compare_digest
from typing import Final
from urllib.parse import unquote_to_bytes, urlsplit

from detente.canonical.failure import ClientFault
from detente.configuration.world import is_loopback

KEY_HEADERS: Final = (b"authorization", b"x-api-key", b"api-key", b"x-goog-api-key")
"""Where the official clients put their key, the most common first (`docs/reference/clients.md`)."""
KEY_PARAMETER: Final = b"key"
"""Where Google's REST clients may put it, in the query."""
QUESTION_MARK: Final = 0x3F
SIGNED: Final = b"AWS4-HMAC-SHA256"
"""How a signature of AWS begins, in place of a key."""
MISSING: Final = (
    "no key was sent; put a virtual key where your client expects its API key "
    "(`Authorization: Bearer`, `x-api-key`, `api-key` or `x-goog-api-key`), "
    "or sign with its AWS access key"
)
AMBIGUOUS: Final = "two different keys were sent; send one"
FOREIGN: Final = (
    "a web page may not use a gateway without keys; make one (`detente keys create`) and send it"
)


def sole_key(
    presented: bytes | None, target: bytes, headers: Mapping[bytes, bytes]
) -> bytes | None:
    """The one key that was sent, wherever it stands; `presented` is the bearer's. None where there
    is none; raises `ClientFault` where there are several."""
    found = other_keys(target, headers)
    if presented is not None:
        found.append(presented)
    if any(not compare_digest(key, found[0]) for key in found):
        raise ClientFault("key_invalid", AMBIGUOUS)
    return found[0] if found else None


def other_keys(target: bytes, headers: Mapping[bytes, bytes]) -> list[bytes]:
    """The keys outside `authorization`."""
    keys = [headers[name] for name in KEY_HEADERS[1:] if name in headers]
    query = target.partition(b"?")[2]
    if KEY_PARAMETER in query:
        for pair in query.split(b"&"):
            name, _, value = pair.partition(b"=")
            if name == KEY_PARAMETER:
                keys.append(unquote_to_bytes(value))
    return keys


def is_local_page(origin: bytes) -> bool:
    """Whether a page's origin is this machine."""
    try:
        return is_loopback(urlsplit(origin.decode("latin-1")).hostname or "")
    except ValueError:
        return False
