"""Server-sent events in passing: runs of complete events, whatever the pieces.

Not a full parser: an event ends at a blank line (LF or CRLF; no platform sends lone CRs), and
only `data` lines are read. `StreamScanner` is the engine of every dialect's tap.

An answer is mostly content deltas that begin with the same bytes. The scanner has its dialect
read the first of them, remembers how it begins (at most `PREFIXES_MAX` beginnings), and from
then on only counts such events; it has every other event read. What it learns depends on the
order of the events alone, so every split of a stream gives the same result.

Only whole events are forwarded. No client can use half an event, and where the provider breaks off
in the middle of one, an error can still be appended that every client understands.

>>> data_of(b"event: x\\ndata: {}\\n\\n")
b'{}'
"""

import re
from abc import ABC, abstractmethod
from typing import ClassVar, Final

from detente.canonical.failure import ProviderFault
from detente.canonical.usage import Usage
from detente.dialects.spec import EVENT_BYTES_MAX

PREFIXES_MAX: Final = 4
"""Beginnings remembered: text, reasoning, tool arguments, refusal."""

NEWLINE: Final = 0x0A

_BLANK: Final = re.compile(rb"[\r\n]*")
_DATA_LINE: Final = re.compile(rb"^data: ?([^\r\n]*)", re.MULTILINE)
_COMPACT_USAGE: Final = b'"usage":{'
_SPACED_USAGE: Final = b'"usage": {'


def data_of(event: bytes) -> bytes:
    """The data of one event: its `data` lines, joined as the standard says."""
    if event.count(b"data:") == 1:
        start = event.find(b"data:")
        if start == 0 or event[start - 1] == NEWLINE:
            end = event.find(b"\n", start)
            return event[start + 5 : end if end >= 0 else None].strip()
    return b"\n".join(_DATA_LINE.findall(event))


def inked(text: bytes) -> int:
    """The bytes of `text` that are no spaces (some platforms pad events with them)."""
    return len(text) - text.count(b" ")


def boundary_end(text: bytes, start: int = 0, end: int | None = None) -> int:
    """The end of the last blank line within `text[start:end]`, 0 where there is none."""
    lf = text.rfind(b"\n\n", start, end)
    crlf = text.rfind(b"\n\r\n", max(lf, start), end)
    return crlf + 3 if crlf >= 0 else lf + 2 if lf >= 0 else 0


class StreamScanner(ABC):
    """Base of the taps: cuts, counts what is usual, has the dialect read the rest.

    With `hides` it leaves out the events that `_examine` says to hide.
    """

    __slots__ = (
        "_bytes_max",
        "_deltas",
        "_held",
        "_held_bytes",
        "_hides",
        "_newlines",
        "_prefixes",
        "_starts",
        "_text_bytes",
        "_usage_mark",
        "complete",
        "failed",
        "usage",
    )

    usage: Usage | None
    complete: bool
    failed: bool
    _deltas: int
    _text_bytes: int

    _USAGE_BESIDE_TEXT: ClassVar[bool] = False
    """Whether an event can carry text and usage both."""

    _MEASURES_TEXT: ClassVar[bool] = False
    """Whether `_text_bytes` is kept, for a dialect whose events hold several tokens."""

    def __init__(self, *, hides: bool = False, event_bytes_max: int = EVENT_BYTES_MAX) -> None:
        self.usage = None
        self.complete = False
        self.failed = False
        self._hides = hides
        self._bytes_max = event_bytes_max
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._deltas = 0
        self._text_bytes = 0
        self._prefixes: tuple[bytes, ...] = ()
        self._starts: tuple[bytes, ...] = ()
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
        return self._scan(run) if run else b""

    def close(self) -> bytes:
        """What was held: an event without its blank line, which is still read."""
        rest = self._take(b"")
        return self._scan(rest) if rest else b""

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
        in_last_line = prefix.count(b"\n") + 2 == newlines and event.startswith(prefix)
        if alike and in_last_line and len(self._prefixes) < PREFIXES_MAX:
            blank = b"\n\r\n" if event.endswith(b"\n\r\n") else b"\n\n"
            self._prefixes = (*self._prefixes, prefix)
            self._starts = (*self._starts, blank + prefix)

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
            self._held = []
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
        self._scan_burst(run, hidden)
        return _without(run, hidden) if hidden and self._hides else run

    def _count_usual(self, run: bytes) -> bool:
        """Whether all events of `run` begin in a known way; then they are counted at once.

        A beginning reaches into an event's last line, so each such event has at least `_newlines`
        newlines; and where the run has exactly that many for each of them, there is room in it for
        nothing else.
        """
        if not run.startswith(self._prefixes):
            return False
        deltas = 1
        for start in self._starts:
            deltas += run.count(start)
        if run.count(b"\n") != deltas * self._newlines:
            return False
        if self._USAGE_BESIDE_TEXT and self._usage_mark in run:
            return False
        self._deltas += deltas
        if self._MEASURES_TEXT:
            self._text_bytes += inked(run) - sum(
                run.count(prefix) * inked(prefix) for prefix in self._prefixes
            )
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
            last = max(start, boundary_end(run, start, end - 2))
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
    if run.startswith((b"\n", b"\r"), start):
        blank = _BLANK.match(run, start, end)
        start = blank.end() if blank else start
    lf = run.find(b"\n\n", start, end)
    limit = lf + 2 if lf >= 0 else end
    crlf = run.find(b"\n\r\n", start, limit)
    return crlf + 3 if crlf >= 0 else limit


def _without(run: bytes, hidden: list[tuple[int, int]]) -> bytes:
    shown: list[bytes] = []
    start = 0
    for begin, end in hidden:
        shown.append(run[start:begin])
        start = end
    shown.append(run[start:])
    return b"".join(shown)
