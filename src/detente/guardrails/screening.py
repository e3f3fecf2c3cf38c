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
        self._asked = tuple(
            (one, one if isinstance(one, FoldedDetector) else None) for one in detectors
        )

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
            for detector, folded in self._asked
            if not _ask(detector, text, folded, folding, candidates)
        )
        if not candidates:
            return Looked(found=(), failed=failed)
        found, beaten = _told_once(candidates)
        return Looked(found=tuple(found), beaten=tuple(beaten), failed=failed)


def _ask(
    detector: Detector,
    text: str,
    folded: FoldedDetector | None,
    folding: Folding,
    into: list[Found],
) -> bool:
    """Takes in what one detector finds, in the text or where it is `folded` in that; False where it
    fails."""
    name, categories, length, sound = detector.name, detector.categories, len(text), True
    try:
        for one in detector.find(text) if folded is None else _findings(folded, folding):
            start, end, category, severity = one.start, one.end, one.category, one.severity
            if not 0 <= start < end <= length or not (
                category in categories and severity in SEVERITIES
            ):
                sound = False
                continue
            into.append(
                Found(start=start, end=end, category=category, detector=name, severity=severity)
            )
    except Exception:  # noqa: BLE001 - whatever a detector does wrong, the policy has to be told
        return False
    return sound


def _findings(detector: FoldedDetector, folding: Folding) -> Iterator[Finding]:
    found = detector.find_folded(folding.text)
    return found if folding.places is None else folding.findings(found)


def _told_once(candidates: list[Found]) -> tuple[list[Found], list[Found]]:
    """Those that count, in order, and those that a longer one beat.

    `candidates` come in the order of detectors. Most overlap with nothing, so that only groups of
    findings that hang together are compared.
    """
    found: list[Found] = []
    beaten: list[Found] = []
    for group in _groups(candidates):
        if len(group) == 1:
            found.append(candidates[group[0]])
            continue
        won, lost = _longest([candidates[member] for member in sorted(group)])
        found += won
        beaten += lost
    return found, beaten


def _groups(candidates: list[Found]) -> list[list[int]]:
    """Which findings overlap, directly or by others; groups by place."""
    groups: list[list[int]] = []
    starts = [one.start for one in candidates]
    reached = 0
    for index in sorted(range(len(starts)), key=starts.__getitem__):
        end = candidates[index].end
        if starts[index] >= reached:
            groups.append([index])
            reached = end
            continue
        groups[-1].append(index)
        reached = max(reached, end)
    return groups


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
