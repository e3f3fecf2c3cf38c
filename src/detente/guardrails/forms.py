"""One request in several forms: looked at once, then made fit for each distinct set of treatments.

A *form* is the client's body as some deployments may see it, or the fact that they may not. Pure:
whoever drives an `Inspection` decides when to give others their turn, and when it takes too long.

>>> inspection = Inspection(b'{"model": "m", "input": "to ann@contoso.com"}', "openai_responses")
>>> for _ in inspection.looking(screen): ...
>>> inspection.form(governed, governed.treatments["azure/m"], key).body
b'{"model": "m", "input": "to \\u27e8EMAIL_abcdefghijklm\\u27e9"}'
"""

from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Final, TypeVar

import msgspec

from detente.canonical.evidence import UNREAD
from detente.canonical.guardrail import RISK_TREATMENTS, Policy, Screened
from detente.canonical.model import Dialect
from detente.canonical.safety import SafetyCategory, SafetySignal
from detente.guardrails.bodies import walk
from detente.guardrails.evidence import failures, findings, unread
from detente.guardrails.judging import PASSING, Judged, judged
from detente.guardrails.masking import mask_of
from detente.guardrails.policy import Treatments
from detente.guardrails.pseudonyms import Pseudonyms, Replacement
from detente.guardrails.risk import RISKS, own_signal, treatment_by
from detente.guardrails.rulebook import Governed
from detente.guardrails.screening import Found, Looked, Screen
from detente.guardrails.sliding import SlidingLook

AT_ONCE_MAX: Final = 64
"""Stand-ins that are made in one step: some 20 us each."""
HISTORY: Final = "history"
"""The kind of unread part that has a rule of its own (`on_kept_history`)."""
PIECE_CHARACTERS: Final = 16 * 1024
"""Of a long text, looked at in one go: one to three milliseconds."""
_NOTHING: Final = Looked(found=())
T = TypeVar("T")
_Mask = tuple[int, int, str]
"""From where to where, and what is masked."""


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """A request as deployments that are treated so may see it: `body` and its `texts`, with
    `originals` by their stand-ins; nothing of it where it is `blocked`. `screened` is what was
    found, and what becomes of it there."""

    treatments: Treatments
    body: bytes
    texts: tuple[str, ...]
    originals: Mapping[str, str]
    screened: tuple[Screened, ...]

    @property
    def blocked(self) -> bool:
        """Whether those deployments must not get the request."""
        return any(one.treatment == "block" for one in self.screened)

    def __repr__(self) -> str:
        return f"Form(screened={self.screened})"  # never what it says


class Inspection:
    """What is in one body; raises `ClientFault` where it cannot be read (see `bodies.walk`)."""

    __slots__ = ("_body", "_failed", "_looked", "_raw", "kinds", "texts", "unread")

    def __init__(self, body: bytes, dialect: Dialect) -> None:
        self._raw = body
        self._body = walk(body, dialect)
        self._looked: list[Looked] = []
        self._failed: dict[str, None] = {}
        self.texts: tuple[str, ...] = tuple(text.value for text in self._body.texts)
        self.unread = self._body.unread
        self.kinds: tuple[str, ...] = tuple(dict.fromkeys(one.kind for one in self.unread))

    @property
    def has_history(self) -> bool:
        """Whether it refers to turns that the platform keeps."""
        return HISTORY in self.kinds

    def looking(self, screen: Screen) -> Iterator[None]:
        """Looks at one text after the other, the same one only once; each step is a text, or a
        piece of a long one."""
        known: dict[str, Looked] = {}
        for text in self.texts:
            looked = known.get(text)
            if looked is None:
                if len(text) <= PIECE_CHARACTERS:
                    looked = screen.look(text)
                    yield
                else:
                    looked = yield from _in_pieces(text, screen)
                known[text] = looked
                self._failed.update(dict.fromkeys(looked.failed))
            self._looked.append(looked)

    def failed(self, detectors: Sequence[str]) -> None:
        """These detectors did not do their work: some texts were not looked at, or too late."""
        self._failed.update(dict.fromkeys(detectors))

    @property
    def failures(self) -> tuple[str, ...]:
        """The detectors that failed."""
        return tuple(self._failed)

    def signals(self) -> tuple[SafetySignal, ...]:
        """The content risks that detectors of our own have found."""
        told = (_signal(one) for look in self._looked for one in _risks(look))
        return tuple(dict.fromkeys(told))

    def form(
        self,
        governed: Governed,
        treatments: Treatments,
        key: bytes,
        known: Mapping[str, str] | None = None,
    ) -> Form:
        """The form for deployments that are treated so; `key` is the project's own, `known` are the
        originals of stand-ins that earlier turns had."""
        return drained(self.forming(governed, treatments, key, known))

    def forming(
        self,
        governed: Governed,
        treatments: Treatments,
        key: bytes,
        known: Mapping[str, str] | None = None,
    ) -> Generator[None, None, Form]:
        """Makes the same in small steps."""
        looks = [*self._looked, *[_NOTHING] * (len(self.texts) - len(self._looked))]
        told: list[tuple[Judged, ...]] = []
        for look in looks:
            told.append(judged(look, treatments, "input"))
            yield
        kinds = [kind for kind in self.kinds if kind != HISTORY]
        screened = (
            *findings((one for each in told for one in each), "input"),
            *failures(governed.policies, self._failed, "input"),
            *unread(governed.policies, kinds, "input"),
            *self._kept(governed, treatments),
        )
        if any(one.treatment == "block" for one in screened):
            return Form(treatments=treatments, body=b"", texts=(), originals={}, screened=screened)
        pseudonyms = Pseudonyms(key, texts=self.texts, known=known)
        changes = yield from _fitting(self.texts, looks, told, governed.policies, pseudonyms)
        return Form(
            treatments=treatments,
            body=self._body.with_texts(changes) if changes else self._raw,
            texts=tuple(changes.get(at, text) for at, text in enumerate(self.texts)),
            originals=pseudonyms.originals,
            screened=screened,
        )

    def _kept(self, governed: Governed, treatments: Treatments) -> tuple[Screened, ...]:
        """What policies say of a history whose stand-ins nobody here could put back."""
        if not self.has_history or not treatments.makes_stand_ins:
            return ()
        refusing = [one.name for one in governed.policies if one.on_kept_history == "refuse"]
        return tuple(_unknown_history(name) for name in refusing[:1])


def without_history(form: Form, policy: str) -> Form:
    """A form that nobody gets: what the platform keeps of its conversation is not known here."""
    screened = (*form.screened, _unknown_history(policy))
    return Form(treatments=form.treatments, body=b"", texts=(), originals={}, screened=screened)


def _unknown_history(policy: str) -> Screened:
    return Screened(
        policy=policy, stage="input", detector=HISTORY, category=UNREAD, treatment="block", count=0
    )


def fitted_texts(
    texts: Sequence[str], screen: Screen, governed: Governed, treatments: Treatments, key: bytes
) -> tuple[str, ...] | None:
    """Texts of an answer as a place that is treated so may see them, None where it may not: to it
    they are a request."""
    looks = [screen.look(text) for text in texts]
    told = [judged(look, treatments, "input") for look in looks]
    failed = any(look.failed for look in looks) and governed.bounds.on_failure == "block"
    if failed or any(one.applied.treatment == "block" for each in told for one in each):
        return None
    changes = drained(_fitting(texts, looks, told, governed.policies, Pseudonyms(key, texts=texts)))
    return tuple(changes.get(at, text) for at, text in enumerate(texts))


def drained(work: Generator[None, None, T]) -> T:
    """What comes of some work, without a stop."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def _fitting(
    texts: Sequence[str],
    looks: Sequence[Looked],
    told: Sequence[Sequence[Judged]],
    policies: Sequence[Policy],
    pseudonyms: Pseudonyms,
) -> Generator[None, None, dict[int, str]]:
    """Those of `texts` that must change, by their place, with marks and stand-ins; `looks` and
    `told` are what is in each, and what becomes of it."""
    changes: dict[int, str] = {}
    for at, (text, look, each) in enumerate(zip(texts, looks, told, strict=True)):
        masks = _masks(look, each, policies)
        if masks or any(one.applied.treatment not in PASSING for one in each):
            changes[at] = yield from _changing(text, each, masks, pseudonyms)
    return changes


def _in_pieces(text: str, screen: Screen) -> Generator[None, None, Looked]:
    """A long text, looked at so that others have their turn; it gives what one look would."""
    sliding = SlidingLook(screen)
    found: list[Found] = []
    beaten: list[Found] = []
    failed: dict[str, None] = {}
    gone = 0
    for start in range(0, len(text), PIECE_CHARACTERS):
        piece = text[start : start + PIECE_CHARACTERS]
        last = start + PIECE_CHARACTERS >= len(text)
        settled = sliding.close(piece) if last else sliding.feed(piece)
        found += (_moved(one, gone) for one in settled.looked.found)
        beaten += (_moved(one, gone) for one in settled.looked.beaten)
        failed.update(dict.fromkeys(settled.looked.failed))
        gone += len(settled.text)
        yield
    return Looked(found=tuple(found), beaten=tuple(beaten), failed=tuple(failed))


def _moved(one: Found, by: int) -> Found:
    return msgspec.structs.replace(one, start=one.start + by, end=one.end + by)


def _risks(looked: Looked) -> list[Found]:
    return [one for one in (*looked.found, *looked.beaten) if one.category in RISKS]


def _signal(one: Found) -> SafetySignal:
    category = msgspec.convert(one.category, SafetyCategory)
    return own_signal("input", category, one.severity, one.detector)


def _masks(looked: Looked, told: Sequence[Judged], policies: Sequence[Policy]) -> list[_Mask]:
    """What is to be masked, in order and apart: data, and risks that a policy masks, with all that
    overlaps with them."""
    spans = [
        (one.found.start, one.found.end, one.found.category, one.applied.treatment == "mask")
        for one in told
        if one.applied.treatment not in PASSING
    ]
    spans += [
        (one.start, one.end, one.category, True) for one in _risks(looked) if _masked(one, policies)
    ]
    if not any(is_mask for *_, is_mask in spans):
        return []
    joined: list[tuple[int, int, str, bool]] = []
    for start, end, category, is_mask in sorted(spans):
        if joined and start < joined[-1][1]:
            first, last, name, was_mask = joined[-1]
            named = name if was_mask or not is_mask else category
            joined[-1] = (first, max(last, end), named, was_mask or is_mask)
        else:
            joined.append((start, end, category, is_mask))
    return [(start, end, category) for start, end, category, is_mask in joined if is_mask]


def _masked(one: Found, policies: Sequence[Policy]) -> bool:
    said = [treatment_by(policy, _signal(one)) for policy in policies]
    return max(said, key=RISK_TREATMENTS.index, default="allow") == "mask"


def _changing(
    text: str,
    told: Sequence[Judged],
    masks: Sequence[_Mask],
    pseudonyms: Pseudonyms,
) -> Generator[None, None, str]:
    """`text` with its marks, and stand-ins between them."""
    out: list[str] = []
    at = 0
    stand_ins = deque(one for one in told if one.applied.treatment == "pseudonymise")
    for start, end, category in (*masks, (len(text), len(text), "")):
        inside: list[Replacement] = []
        while stand_ins and stand_ins[0].found.end <= start:
            one = stand_ins.popleft()
            if at <= one.found.start:
                inside.append(_replacement(one, at))
            if len(inside) == AT_ONCE_MAX:
                out.append(pseudonyms.replaced(text[at : one.found.end], inside))
                inside, at = [], one.found.end
                yield
        out.append(pseudonyms.replaced(text[at:start], inside))
        if category:
            out.append(mask_of(category))
        at = end
        yield
    return "".join(out)


def _replacement(one: Judged, at: int) -> Replacement:
    """A stand-in in a text that begins at `at`."""
    return Replacement(
        start=one.found.start - at,
        end=one.found.end - at,
        category=one.found.category,
        look_alike=one.applied.look_alike,
    )
