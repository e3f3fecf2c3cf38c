"""What several detectors find in one text, told once and in order. Pure: no policy, no clock.

A detector that raises, or tells what cannot be (a finding outside of the text, a category that it
does not have), is named in `Looked.failed`; what follows is the policy's. Whoever allows a category
has to look at `Looked.beaten` too: what overlaps with a longer finding, and is not told in `found`.

>>> from detente.guardrails.detectors.email import Email
>>> [(one.start, one.category) for one in Screen((Email(),)).find("write to ann@example.com")]
[(9, 'email')]
"""

from bisect import bisect_left, insort
from collections.abc import Iterator

import msgspec

from detente.guardrails.detector import Detector, Finding
from detente.guardrails.folding import FoldedDetector, Folding, fold

SEVERITIES = range(1, 4)


class Found(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A finding from `start` up to `end`, which is not part of it, and whose it is."""

    start: int
    end: int
    category: str
    detector: str
    severity: int = 3


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one look: findings in order that do not overlap; those that overlap with a
    longer one of these; and the names of detectors that failed, whose other findings count."""

    found: tuple[Found, ...]
    beaten: tuple[Found, ...] = ()
    failed: tuple[str, ...] = ()


class Screen:
    """Some detectors, asked as one. Where findings overlap the longer one counts, of equal ones the
    earlier detector's."""

    def __init__(self, detectors: tuple[Detector, ...]) -> None:
        self._detectors = detectors

    @property
    def detectors(self) -> tuple[Detector, ...]:
        """Those that are asked, in order."""
        return self._detectors

    @property
    def look_back(self) -> int:
        """The largest of all, in characters that can be seen: what is invisible comes on top
        (`folding.INVISIBLE_MAX`)."""
        return max((detector.look_back for detector in self._detectors), default=0)

    def find(self, text: str) -> list[Found]:
        """What is in `text`, in order, not overlapping; failures are only told by `look`."""
        return list(self.look(text).found)

    def look(self, text: str) -> Looked:
        """What is in `text`, and who failed. Never raises."""
        folding = fold(text)
        candidates: list[Found] = []
        failed = tuple(
            detector.name
            for detector in self._detectors
            if not _ask(detector, text, folding, candidates)
        )
        if not candidates:
            return Looked(found=(), failed=failed)
        found, beaten = _told_once(candidates)
        return Looked(found=tuple(found), beaten=tuple(beaten), failed=failed)


def _ask(detector: Detector, text: str, folding: Folding, into: list[Found]) -> bool:
    """Takes in what one detector finds; False where it fails."""
    name, categories, sound = detector.name, detector.categories, True
    try:
        for one in _findings(detector, text, folding):
            if not _is_sound(one, len(text), categories):
                sound = False
                continue
            into.append(
                Found(
                    start=one.start,
                    end=one.end,
                    category=one.category,
                    detector=name,
                    severity=one.severity,
                )
            )
    except Exception:  # noqa: BLE001 - whatever a detector does wrong, the policy has to be told
        return False
    return sound


def _findings(detector: Detector, text: str, folding: Folding) -> Iterator[Finding]:
    if isinstance(detector, FoldedDetector):
        return folding.findings(detector.find_folded(folding.text))
    return detector.find(text)


def _is_sound(one: Finding, length: int, categories: tuple[str, ...]) -> bool:
    return (
        0 <= one.start < one.end <= length
        and one.category in categories
        and one.severity in SEVERITIES
    )


def _told_once(candidates: list[Found]) -> tuple[list[Found], list[Found]]:
    """Those that count, in order, and those that a longer one beat.

    `candidates` come in the order of detectors. Most overlap with nothing, so that only groups of
    findings that hang together are compared.
    """
    found: list[Found] = []
    beaten: list[Found] = []
    for group in _groups(candidates):
        if len(group) == 1:
            found += group
            continue
        won, lost = _longest(group)
        found += won
        beaten += lost
    return found, beaten


def _groups(candidates: list[Found]) -> Iterator[list[Found]]:
    """Findings that overlap, directly or by others; groups by place, each as `candidates` are."""
    group: list[int] = []
    reached = 0
    for index in sorted(range(len(candidates)), key=lambda index: candidates[index].start):
        one = candidates[index]
        if group and one.start >= reached:
            yield [candidates[member] for member in sorted(group)]
            group = []
        group.append(index)
        reached = max(reached, one.end)
    if group:
        yield [candidates[member] for member in sorted(group)]


def _longest(group: list[Found]) -> tuple[list[Found], list[Found]]:
    """The longest, then the longest of what overlaps with none of these, and so on; the others."""
    starts: list[int] = []
    ends: list[int] = []
    won: list[Found] = []
    lost: list[Found] = []
    for one in sorted(group, key=lambda one: one.start - one.end):
        after = bisect_left(ends, one.start + 1)
        if after < len(starts) and starts[after] < one.end:
            lost.append(one)
            continue
        insort(starts, one.start)
        insort(ends, one.end)
        won.append(one)
    return sorted(won, key=lambda one: one.start), sorted(lost, key=lambda one: one.start)
