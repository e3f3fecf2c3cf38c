r"""Regular expressions that take linear time whatever they are given: RE2, in bounded windows.

RE2 alone looks for *one* match in linear time; looking for all of them can still be quadratic,
where each search reads to the end of the text and finds something short. Here a search reads no
further than the longest match that counts, and further only where nothing has been found for as
long (docs/decisions/patterns.md).

Not here: categories and names (`detectors.pattern`).

>>> list(LinearPattern(r"\bA\d+\b", longest=8).spans("é A12, A9"))
[(2, 5), (7, 9)]
"""

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Final, Protocol

from detente.guardrails.detector_error import DetectorError, missing

MEMORY_BYTES_MAX: Final = 8 * 1024 * 1024
"""Of one pattern and its automata: RE2's own default. What needs more is refused, not slow."""
WINDOW_BYTES_MAX: Final = 64 * 1024
"""The most that one search reads at once."""
GROWN_BYTES_MAX: Final = 64 * 1024
"""The most that one match has: what goes on is another one."""
CHARACTER_BYTES_MAX: Final = 4
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


class _Match(Protocol):
    """As `re2` tells it, which has no types of its own."""

    def start(self) -> int: ...
    def end(self) -> int: ...
    def span(self) -> tuple[int, int]: ...


class _Compiled(Protocol):
    def search(
        self, text: bytes, pos: int | None = None, endpos: int | None = None
    ) -> _Match | None: ...
    def match(
        self, text: bytes, pos: int | None = None, endpos: int | None = None
    ) -> _Match | None: ...


class LinearPattern:
    """A pattern, compiled: within `longest` characters a match must be known for one.

    `^` and `$` are the beginning and end of a line, since a text may come in pieces. A match that
    goes on counts as far as it goes (up to `GROWN_BYTES_MAX`) where it `grows`, else only with what
    of it lies within the bound, and not where it needs more.
    """

    def __init__(self, pattern: str, *, longest: int, grows: bool = False) -> None:
        """Raise `DetectorError` where RE2 is not there or refuses the pattern."""
        if longest < 1:
            raise DetectorError(f"a longest match of {longest} characters finds nothing; give more")
        self._compiled = _compiled(pattern)
        self._longest = longest
        self._grows = grows
        self._window_bytes = 2 * longest * CHARACTER_BYTES_MAX

    def is_in(self, text: str) -> bool:
        """Whether anything matches, however long it is."""
        return self._compiled.search(_encoded(text)) is not None

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Start and end of every match, in characters, from left to right; never an empty one."""
        data = _encoded(text)
        spans = self._byte_spans(data)
        return spans if len(data) == len(text) else _in_characters(data, spans)

    def _byte_spans(self, data: bytes) -> Iterator[tuple[int, int]]:
        at, window = 0, WINDOW_BYTES_MAX
        while at < len(data):
            until = min(at + window, len(data))
            match = self._compiled.search(data, at, until)
            # A match that begins late in the window may have been cut short by its end.
            clear = until if until == len(data) else until - self._window_bytes // 2
            if match is None or match.start() >= max(clear, at + 1):
                at = max(clear, at + 1)
                window = max(self._window_bytes, min(2 * window, WINDOW_BYTES_MAX))
                continue
            start, end = match.span()
            if self._grows:
                end = self._grown(data, start, end, until)
            else:
                end = self._bounded(data, start, end)
            if end > start:
                yield start, end
            at = max(end, start + 1)
            window = self._window_bytes

    def _grown(self, data: bytes, start: int, end: int, until: int) -> int:
        """Where the match at `start` ends that may have been cut short at `until`.

        Twice as far is looked each time, and only while all of it matches: so what is read is no
        more than four times what is found.
        """
        last = min(len(data), start + GROWN_BYTES_MAX)
        while until < last and until - end < CHARACTER_BYTES_MAX:
            until = min(last, start + 2 * (until - start))
            longer = self._compiled.match(data, start, until)
            end = end if longer is None else max(end, longer.end())
        return end

    def _bounded(self, data: bytes, start: int, end: int) -> int:
        """Where the match at `start` ends within the bound; `start` where none is so short."""
        if end - start <= self._longest:
            return end
        until = start + _bytes_of(data, start, self._longest)
        if end <= until:
            return end
        shorter = self._compiled.match(data, start, until)
        return start if shorter is None else shorter.end()


def _compiled(pattern: str) -> _Compiled:
    try:
        engine = import_module("re2")  # of the extra `guardrails`
    except ImportError:
        raise missing("google-re2") from None
    options = engine.Options()
    options.max_mem = MEMORY_BYTES_MAX
    options.log_errors = False
    try:
        alone: _Compiled = engine.compile(pattern, options)
        compiled: _Compiled = engine.compile(f"(?m:{pattern})", options)
    except UnicodeEncodeError:
        raise DetectorError("the pattern is no text; write it in UTF-8") from None
    except engine.error as refused:
        said = refused.args[0].decode("utf-8", "replace")
        raise DetectorError(
            f"the pattern is refused: {said}; it must be one of RE2, which knows no "
            "look-around and no back-references"
        ) from None
    if alone.search(b"") is not None:
        raise DetectorError("the pattern matches empty text; ask for one character at least")
    return compiled


def _encoded(text: str) -> bytes:
    """UTF-8; half a surrogate pair, which has none, as the replacement character."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _SURROGATES.sub("\ufffd", text).encode()


def _bytes_of(data: bytes, start: int, characters: int) -> int:
    """How many bytes so many characters from `start` have; there are as many or fewer."""
    piece = data[start : start + characters * CHARACTER_BYTES_MAX]
    return len(piece.decode("utf-8", "ignore")[:characters].encode())


def _in_characters(data: bytes, spans: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Places in bytes as places in characters, in one pass."""
    byte, character = 0, 0
    for span in spans:
        found: list[int] = []
        for place in span:
            character += len(data[byte:place].decode("utf-8", "ignore"))
            byte = place
            found.append(character)
        yield found[0], found[1]
