"""What becomes of what is found in one answer, and the evidence of it, kept as it comes.

Data is judged by the treatments of the deployment that answers, content risks by the policies'
rules. A finding that is a stand-in of this request, as a look-alike is, or lies within one, is
none. `pseudonymise` is a mask here, for an answer has nothing to put back into. What withholds the
answer is a block: of data, of a risk (`elsewhere` and `hold` withhold as well where the answer
cannot wait), of a detector that failed, of what nobody can read.

Not here: which texts there are (`part_looks`, `value_rewriting`).

>>> judge = AnswerJudge(rules)
>>> judge.judge("to ann@example.com", screen.look("to ann@example.com")).edits
(Edit(start=3, end=18, mark='[EMAIL]'),)
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from detente.canonical.guardrail import Policy, Screened
from detente.canonical.safety import SafetySignal
from detente.guardrails.evidence import failures, findings, unread
from detente.guardrails.judging import PASSING, Judged, judged
from detente.guardrails.masking import mask_of
from detente.guardrails.own_risks import is_masked, risks_of, signal_of
from detente.guardrails.policy import Treatments
from detente.guardrails.restoring import Originals, made_ready
from detente.guardrails.risk import risk_of
from detente.guardrails.screening import Found, Looked, Screen


class AnswerRules(msgspec.Struct, frozen=True, kw_only=True):
    """What one answer is screened by: who looks, what becomes of findings of data where it was
    made, the policies that govern, the stand-ins of its request (to originals), whether the request
    asked for JSON, and whether the answer can wait for an operator, or be asked of another: then
    `hold` and `elsewhere` withhold nothing here."""

    screen: Screen
    treatments: Treatments
    policies: tuple[Policy, ...]
    originals: Originals
    structured: bool = False
    waits: bool = False


class Edit(NamedTuple):
    """What stands from `start` up to `end` becomes `mark`."""

    start: int
    end: int
    mark: str


class Judgement(NamedTuple):
    """Edits in order and apart, and where the first thing begins that withholds the answer."""

    edits: tuple[Edit, ...] = ()
    block: int | None = None


PASSED: Final = Judgement()


class AnswerJudge:
    """One answer's."""

    __slots__ = (
        "_counts",
        "_failed",
        "_screened",
        "_signals",
        "_stand_ins",
        "_unread",
        "blocked",
        "rules",
    )

    def __init__(self, rules: AnswerRules) -> None:
        self.rules = rules
        self.blocked = False
        self._stand_ins = made_ready(rules.originals)
        self._counts: Counter[Screened] = Counter()
        self._signals: dict[SafetySignal, None] = {}
        self._failed: set[str] = set()
        self._unread: set[str] = set()
        self._screened: tuple[Screened, ...] | None = ()

    @property
    def screened(self) -> tuple[Screened, ...]:
        """What was found so far of data, what failed and what was unread, and what was done."""
        if self._screened is None:
            self._screened = tuple(replace(one, count=count) for one, count in self._counts.items())
        return self._screened

    @property
    def signals(self) -> tuple[SafetySignal, ...]:
        """The content risks so far, each once."""
        return tuple(self._signals)

    def judge(self, text: str, looked: Looked) -> Judgement:
        """What becomes of what a look at `text` has found; it is told as evidence."""
        if not looked.found and not looked.failed:
            return PASSED
        failed_block = self._fail(looked.failed)
        found, beaten = self._foreign(text, looked)
        left = Looked(found=found, beaten=beaten)
        told = judged(left, self.rules.treatments, "output")
        risks = risks_of(left)
        blocks = [one.found.start for one in told if one.applied.treatment == "block"]
        blocks += [one.start for one in risks if self._withholds(one)]
        if failed_block:
            blocks.append(0)
        self._tell(_as_masks(findings(told, "output")))
        masked = [one for one in risks if is_masked(one, "output", self.rules.policies)]
        edits = _edits(told, masked)
        return Judgement(edits, min(blocks, default=None))

    def unread(self, kind: str) -> None:
        """Tells of a part that nobody here can read."""
        if kind not in self._unread:
            self._unread.add(kind)
            self._tell(unread(self.rules.policies, (kind,), "output"))

    def _fail(self, names: tuple[str, ...]) -> bool:
        """Tells of detectors that failed, each once; whether that withholds the text."""
        if not names:
            return False
        told = failures(self.rules.policies, names, "output")
        self._tell(one for one in told if one.detector not in self._failed)
        self._failed.update(names)
        return any(one.treatment == "block" for one in told)

    def _foreign(self, text: str, looked: Looked) -> tuple[tuple[Found, ...], tuple[Found, ...]]:
        """Findings, and those that a longer one beat, that are not this request's own stand-ins."""
        if not self._stand_ins:
            return looked.found, looked.beaten
        own = [
            (one.start, one.end)
            for one in (*looked.found, *looked.beaten)
            if self._is_stand_in(text[one.start : one.end])
        ]
        if not own:
            return looked.found, looked.beaten
        return tuple(_outside(own, looked.found)), tuple(_outside(own, looked.beaten))

    def _is_stand_in(self, text: str) -> bool:
        """Whether `text` is one stand-in, in any way in which it would be given its original."""
        hits, _ = self._stand_ins.found(text)
        return len(hits) == 1 and hits[0][:2] == (0, len(text))

    def _withholds(self, one: Found) -> bool:
        """Takes in the signal of a risk; whether the answer is withheld for it."""
        signal = signal_of(one, "output")
        self._signals[signal] = None
        verdict = risk_of(self.rules.policies, (signal,))
        if verdict.treatment in ("hold", "elsewhere") and self.rules.waits:
            return False
        if verdict.once_begun().treatment != "block":
            return False
        self.blocked = True
        return True

    def _tell(self, screened: Iterable[Screened]) -> None:
        for one in screened:
            self._counts[replace(one, count=0)] += one.count
            self._screened = None
            if one.treatment == "block":
                self.blocked = True


def _outside(own: Sequence[tuple[int, int]], several: Iterable[Found]) -> Iterator[Found]:
    for one in several:
        if not any(start <= one.start and one.end <= end for start, end in own):
            yield one


def _as_masks(several: Iterable[Screened]) -> Iterator[Screened]:
    for one in several:
        yield replace(one, treatment="mask") if one.treatment == "pseudonymise" else one


def _edits(told: Iterable[Judged], risks: Iterable[Found]) -> tuple[Edit, ...]:
    """Data and risks that do not stay; those that overlap are one, with the longer one's mark."""
    data = (one.found for one in told if one.applied.treatment not in PASSING)
    spans = sorted((one.start, one.end, one.category) for one in (*data, *risks))
    joined: list[tuple[int, int, str]] = []
    longest = 0
    for start, end, category in spans:
        if joined and start < joined[-1][1]:
            first, last, name = joined[-1]
            joined[-1] = (first, max(last, end), category if end - start > longest else name)
            longest = max(longest, end - start)
        else:
            joined.append((start, end, category))
            longest = end - start
    return tuple(Edit(start, end, mask_of(category)) for start, end, category in joined)


def edited(text: str, edits: Iterable[Edit]) -> str:
    """`text` with its edits, which are in order and apart."""
    out: list[str] = []
    at = 0
    for start, end, mark in edits:
        out += (text[at:start], mark)
        at = end
    out.append(text[at:])
    return "".join(out)
