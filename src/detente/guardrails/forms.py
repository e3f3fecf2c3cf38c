"""One request in several forms: looked at once, then made fit for each distinct set of treatments.

A *form* is the client's body as some deployments may see it, or the fact that they may not. Pure:
whoever drives an `Inspection` decides when to give others their turn, and when it takes too long.

>>> inspection = Inspection(b'{"model": "m", "input": "to ann@contoso.com"}', "openai_responses")
>>> for _ in inspection.looking(screen): ...
>>> inspection.form(governed, governed.treatments["azure/m"], key).body
b'{"model": "m", "input": "to \\u27e8EMAIL_abcdefghijklm\\u27e9"}'
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from detente.canonical.evidence import UNREAD
from detente.canonical.guardrail import Screened
from detente.canonical.model import Dialect
from detente.canonical.safety import SafetySignal
from detente.guardrails.bodies import walk
from detente.guardrails.evidence import failures, findings, unread
from detente.guardrails.fitting import drained, fitting
from detente.guardrails.judging import Judged, judged
from detente.guardrails.own_risks import risks_of, signal_of
from detente.guardrails.policy import Treatments
from detente.guardrails.pseudonyms import Pseudonyms
from detente.guardrails.rulebook import Governed
from detente.guardrails.screening import Found, Looked, Screen
from detente.guardrails.sliding import SlidingLook

HISTORY: Final = "history"
"""The kind of unread part that has a rule of its own (`on_kept_history`)."""
PIECE_CHARACTERS: Final = 16 * 1024
"""Of a long text, looked at in one go: one to three milliseconds."""
_NOTHING: Final = Looked(found=())


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
        told = (signal_of(one, "input") for look in self._looked for one in risks_of(look))
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
        changes = yield from fitting(self.texts, looks, told, governed.policies, pseudonyms)
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
    changes = drained(fitting(texts, looks, told, governed.policies, Pseudonyms(key, texts=texts)))
    return tuple(changes.get(at, text) for at, text in enumerate(texts))


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
