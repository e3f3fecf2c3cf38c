r"""One line of a stream: JSON that its clients take for one line, too.

They split by what Unicode calls the end of a line (`ollama` 0.6.3 by `iter_lines` of httpx, that is
`str.splitlines`; read 2026-11-22), of which JSON lets three stand in a string as they are: U+0085,
U+2028 and U+2029. Ollama itself escapes the last two, as Go does.

>>> written_line({"a": "b\u2028c"})
b'{"a":"b\\u2028c"}\n'
"""

from typing import Final

import msgspec

_ENCODE: Final = msgspec.json.Encoder().encode
_ENDS: Final = tuple((one.encode(), f"\\u{ord(one):04x}".encode()) for one in "\x85\u2028\u2029")


def written_line(value: object) -> bytes:
    """`value` as JSON, with the end of the line."""
    data = _ENCODE(value)
    if not data.isascii():
        for raw, escaped in _ENDS:
            data = data.replace(raw, escaped)
    return data + b"\n"
