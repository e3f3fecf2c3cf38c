r"""Blocks of private keys: PEM, OpenSSH, PGP; also on one line with `\n` for its breaks.

A block is known by its BEGIN line and the first 24 characters of key that follow. From there on
everything is secret up to the END line, to the first line that can be none of a block's, or to the
bound. So a stream looks back as far as to the BEGIN line of a block that has just begun; the block
itself it holds, as any finding that still reaches to the end of the text.

>>> block = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQ" * 8 + "\n-----END PRIVATE KEY-----"
>>> list(PrivateKeys().spans("a " + block + " b")) == [(2, 2 + len(block))]
True
"""

import re
from collections.abc import Iterator
from typing import Final

BLOCK_CHARACTERS_MAX: Final = 16_384
"""An RSA key of 4096 bits has 3,300 characters, a PGP one with its subkeys up to 10,000."""
BEGINNING_CHARACTERS_MAX: Final = 256
"""A BEGIN line, the longest headers that encryption needs (RFC 1421 section 4.6), first of key."""

_BEGIN: Final = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_END: Final = re.compile(r"-----END [A-Z0-9 ]{1,64}-----")
_BREAK: Final = r"(?:\s|\\[nrt])"
_HEADER: Final = r"[A-Z][A-Za-z-]{2,24}: [^\n\\]{0,128}"
"""RFC 1421 section 4.6 (`DEK-Info`) and RFC 9580 section 6.2.2 (`Comment`)."""
_LINES: Final = re.compile(rf"(?:{_BREAK}++|{_HEADER}(?=[\n\\])|[A-Za-z0-9+/=]++)*+")
_KEY: Final = re.compile(r"[A-Za-z0-9+/]{24}")


class PrivateKeys:
    """Private key blocks, whole or as far as they have come."""

    name = "private_key"
    needles = ("-----BEGIN ",)

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """From the BEGIN line to the end of the END line, or of what of the block is there."""
        begin = _BEGIN.search(text)
        while begin is not None:
            until = min(len(text), begin.start() + BLOCK_CHARACTERS_MAX)
            lines = _LINES.match(text, begin.end(), until)
            end = begin.end() if lines is None else lines.end()
            key = _KEY.search(text, begin.end(), end)
            if key is not None:
                closing = _END.match(text, end, until)
                end = end if closing is None else closing.end()
                yield begin.start(), end
            begin = _BEGIN.search(text, end)
