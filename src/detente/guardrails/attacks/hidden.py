"""Text that people do not see and models read: tags, variation selectors, zero width, overrides.

>>> list(hidden("hello" + "".join(chr(0xE0000 + ord(one)) for one in "ignore")))
[(5, 11, 3)]
"""

import re
from collections.abc import Iterator
from typing import Final

RUN_CHARACTERS_MAX: Final = 192
"""A longer run is several findings, so that a stream needs to wait for no more."""

_SUSPECT: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_TAGS: Final = re.compile(
    f"(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0001\U000e0020-\U000e007f]{{2,{RUN_CHARACTERS_MAX}}}"
)
"""Unicode deprecates them but in the flags of regions, after U+1F3F4 (UTS 51, annex C)."""
_FLAG: Final = re.compile("\U0001f3f4[\U000e0020-\U000e007f]{7,}")
"""A region's flag has at most six tags and the one that ends it."""
_SELECTORS: Final = re.compile(f"[\ufe00-\ufe0f\U000e0100-\U000e01ef]{{3,{RUN_CHARACTERS_MAX}}}")
"""One follows a character; two are odd, many in a row carry bytes."""
_ZERO_WIDTH: Final = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2060-\u2064\u206a-\u206f"
    f"\u3164\ufeff\uffa0\ufff9-\ufffb]{{4,{RUN_CHARACTERS_MAX}}}"
)
_OVERRIDES: Final = re.compile("[\u202d\u202e]")
"""They turn letters round, which no language needs (UTR 36 section 2.5); embeddings are."""

_KINDS: Final = ((_TAGS, 3), (_SELECTORS, 3), (_ZERO_WIDTH, 2), (_OVERRIDES, 2))


def hidden(text: str) -> Iterator[tuple[int, int, int]]:
    """Start, end and severity of what nobody sees."""
    if _SUSPECT.search(text) is None:
        return
    for form, severity in _KINDS:
        for match in form.finditer(text):
            yield *match.span(), severity
    for match in _FLAG.finditer(text):
        if len(match[0]) > len("\U0001f3f4") + 7 or not match[0].endswith("\U000e007f"):
            yield *match.span(), 3
