"""Text that is written as base64: told from what is no text by what it decodes to.

What a client says about it is not asked: a PDF that is called plain text would go unread.

>>> decoded("amFuZUBleGFtcGxlLmNvbQ==")
'jane@example.com'
>>> decoded("iVBORw0KGgoAAAANSUhEUg==") is None
True
"""

import re
from base64 import b64encode, urlsafe_b64encode
from binascii import Error, a2b_base64
from typing import Final

BASE64: Final = re.compile(r"[A-Za-z0-9+/_\r\n-]*+=*+[\r\n]*+")
"""Both alphabets of base64, with line breaks."""
_STANDARD: Final = str.maketrans("-_", "+/")
_HEAD_CHARACTERS: Final = 1_024
"""What is looked at first, so that an image is not decoded whole; a multiple of four."""
_NO_TEXT: Final = bytes(set(range(32)) - set(b"\t\n\r\f\x1b")) + b"\x7f"
_COMPRESSING: Final = (b"%PDF", b"{\\rtf", b"%!PS")
"""How documents begin that may be ASCII throughout, and whose text is hidden all the same."""


def decoded(data: str) -> str | None:
    """The text that `data` is the base64 of; None where it is no base64, or no text in UTF-8."""
    if "-" in data or "_" in data:
        data = data.translate(_STANDARD)
    head = data[:_HEAD_CHARACTERS]
    if "\n" in head or "\r" in head:
        data = data.replace("\n", "").replace("\r", "")
        head = data[:_HEAD_CHARACTERS]
    start = _bytes_of(head)
    if not start or not _is_textual(start) or start.startswith(_COMPRESSING):
        return None
    whole = _bytes_of(data)
    if whole is None or not _is_textual(whole):
        return None
    try:
        return whole.decode()
    except UnicodeDecodeError:
        return None


def encoded(text: str, like: str) -> str:
    """`text` as base64 in the alphabet of `like`."""
    write = urlsafe_b64encode if "-" in like or "_" in like else b64encode
    return write(text.encode()).decode()


def _bytes_of(data: str) -> bytes | None:
    try:
        return a2b_base64(data + "=" * (-len(data) % 4))
    except (Error, ValueError):
        return None


def _is_textual(content: bytes) -> bool:
    return len(content.translate(None, _NO_TEXT)) == len(content)
