"""Server-sent events in passing: runs of complete events, whatever the pieces.

Not a full parser: an event ends at a blank line (LF or CRLF; no platform sends lone CRs), and
only `data` lines are read. `StreamScanner` is the engine of every dialect's tap.

An answer is mostly content deltas that begin with the same bytes. The scanner has its dialect
read the first of them, remembers how it begins (at most `PREFIXES_MAX` beginnings), and from
then on only counts such events; it has every other event read. What it learns depends on the
order of the events alone, so every split of a stream gives the same result.

>>> data_of(b"event: x\\ndata: {}\\n\\n")
b'{}'
"""

import re
from abc import ABC, abstractmethod
from typing import Final

from detente.canonical.failure import ProviderFault
from detente.canonical.usage import Usage
from detente.dialects.spec import EVENT_BYTES_MAX

PREFIXES_MAX: Final = 4
"""Beginnings remembered: text, reasoning, tool arguments, refusal."""

_BOUNDARY: Final = re.compile(rb"\r?\n\r?\n")
_BLANK: Final = re.compile(rb"[\r\n]*")
_DATA_LINE: Final = re.compile(rb"^data: ?([^\r\n]*)", re.MULTILINE)
_COMPACT_USAGE: Final = b'"usage":{'
_SPACED_USAGE: Final = b'"usage": {'


def data_of(event: bytes) -> bytes:
    """The data of one event: its `data` lines, joined as the standard says."""
    return b"\n".join(_DATA_LINE.findall(event))


def boundary_end(text: bytes) -> int:
    """The end of the last blank line in `text`, 0 where there is none."""
    lf = text.rfind(b"\n\n")
    crlf = text.rfind(b"\n\r\n")
    return max(lf + 2 if lf >= 0 else 0, crlf + 3 if crlf >= 0 else 0)


class StreamScanner(ABC):
    """Base of the taps: cuts, counts what is usual, has the dialect read the rest.

    With `hides` it forwards complete events only, without those that `_examine` says to hide.
    """

    __slots__ = (
        "_bytes_max",
        "_deltas",
        "_held",
        "_held_bytes",
        "_hides",
        "_newlines",
        "_prefixes",
        "_text_bytes",
        "_usage_mark",
        "complete",
        "failed",
        "usage",
    )

    def __init__(self, *, hides: bool = False, event_bytes_max: int = EVENT_BYTES_MAX) -> None:
        self.usage: Usage | None = None
        self.complete = False
        self.failed = False
        self._hides = hides
        self._bytes_max = event_bytes_max
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._deltas = 0
        self._text_bytes = 0
        self._prefixes: tuple[bytes, ...] = ()
        self._newlines = 0
        self._usage_mark = _COMPACT_USAGE

    @abstractmethod
    def _examine(self, event: bytes) -> bool:
        """Read one event; whether to hide it."""

    def feed(self, piece: bytes) -> bytes:
        """What to forward now (see `StreamTap`)."""
        if not self._held and piece.endswith(b"\n\n"):
            return self._scan(piece)
        run = self._cut(piece)
        shown = self._scan(run) if run else b""
        return shown if self._hides else piece

    def close(self) -> bytes:
        """What was held; an event that the end of the stream cut off is still read."""
        rest = self._take(b"")
        shown = self._scan(rest) if rest else b""
        return shown if self._hides else b""

    def output_tokens_seen(self) -> int:
        """The number of content deltas: platforms send about one token in each."""
        return self._deltas

    def _learn(self, event: bytes, prefix: bytes) -> None:
        """Remember that events which begin with `prefix` are content deltas like `event`."""
        newlines = event.count(b"\n")
        mark = _SPACED_USAGE if b'": ' in prefix else _COMPACT_USAGE
        if not self._prefixes:
            self._newlines, self._usage_mark = newlines, mark
        alike = newlines == self._newlines and mark == self._usage_mark
        if alike and len(self._prefixes) < PREFIXES_MAX and event.startswith(prefix):
            self._prefixes = (*self._prefixes, prefix)

    def _cut(self, piece: bytes) -> bytes:
        """Held bytes and `piece` up to the last blank line; the rest is held."""
        end = boundary_end(piece)
        if end == 0 and self._held:
            before = b"".join(self._held[-2:])[-2:]
            end = max(0, boundary_end(before + piece[:2]) - len(before))
        if end == 0:
            self._hold(piece)
            return b""
        run = self._take(piece[:end])
        self._hold(piece[end:])
        return run

    def _hold(self, piece: bytes) -> None:
        if not piece:
            return
        self._held.append(piece)
        self._held_bytes += len(piece)
        if self._held_bytes > self._bytes_max:
            raise ProviderFault(
                "upstream_failed",
                f"the provider sent an event of more than {self._bytes_max} bytes;"
                " raise `stream_event_bytes_max` if it is genuine",
            )

    def _take(self, more: bytes) -> bytes:
        if not self._held:
            return more
        self._held.append(more)
        run = b"".join(self._held)
        self._held = []
        self._held_bytes = 0
        return run

    def _scan(self, run: bytes) -> bytes:
        """Read a run of complete events; what of it to show."""
        if self._count_usual(run):
            return run
        hidden: list[tuple[int, int]] = []
        if b"\r" in run:
            self._scan_each(run, 0, len(run), hidden)
        else:
            self._scan_burst(run, hidden)
        return _without(run, hidden) if hidden and self._hides else run

    def _count_usual(self, run: bytes) -> bool:
        """Whether all events of `run` begin in a known way; then they are counted at once.

        An event with a known beginning has at least `_newlines` newlines. So where the run has
        exactly that many for each of them, there is room in it for nothing else.
        """
        if not run.startswith(self._prefixes):
            return False
        deltas = overhead = 0
        for prefix in self._prefixes:
            found = run.count(prefix)
            deltas += found
            overhead += found * len(prefix)
        if run.count(b"\n") != deltas * self._newlines or self._usage_mark in run:
            return False
        self._deltas += deltas
        self._text_bytes += len(run) - overhead
        return True

    def _scan_burst(self, run: bytes, hidden: list[tuple[int, int]]) -> None:
        """Unusual events stand first and last in a burst; those between are counted at once."""
        size = len(run)
        start = 0
        while start < size and not run.startswith(self._prefixes, start):
            end = _event_end(run, start, size)
            self._scan_each(run, start, end, hidden)
            start = end
        end = size
        while end > start:
            cut = run.rfind(b"\n\n", start, end - 2)
            last = cut + 2 if cut >= 0 else start
            if run.startswith(self._prefixes, last):
                break
            end = last
        if start < end and not self._count_usual(run[start:end]):
            self._scan_each(run, start, end, hidden)
        self._scan_each(run, end, size, hidden)

    def _scan_each(self, run: bytes, start: int, end: int, hidden: list[tuple[int, int]]) -> None:
        """Read the events of `run[start:end]` one by one."""
        while start < end:
            stop = _event_end(run, start, end)
            event = run[start:stop].lstrip(b"\r\n")
            if event and not self._count_usual(event) and self._examine(event):
                hidden.append((stop - len(event), stop))
            start = stop


def _event_end(run: bytes, start: int, end: int) -> int:
    """Where the event ends that begins at `start`; blank lines before it belong to it."""
    blank = _BLANK.match(run, start, end)
    first = blank.end() if blank else start
    found = _BOUNDARY.search(run, first, end)
    return found.end() if found else end


def _without(run: bytes, hidden: list[tuple[int, int]]) -> bytes:
    shown: list[bytes] = []
    start = 0
    for begin, end in hidden:
        shown.append(run[start:begin])
        start = end
    shown.append(run[start:])
    return b"".join(shown)
