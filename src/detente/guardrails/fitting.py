"""Texts made fit for deployments that are treated alike: with marks and stand-ins for what was
found. Pure, and in small steps, so that whoever drives it can give others their turn.

>>> drained(fitting(("to ann@contoso.com",), looks, told, policies, Pseudonyms(key)))
{0: 'to \u27e8EMAIL_abcdefghijklm\u27e9'}
"""

from collections import deque
from collections.abc import Generator, Sequence
from typing import Final, TypeVar

from detente.canonical.guardrail import Policy
from detente.guardrails.judging import PASSING, Judged
from detente.guardrails.masking import mask_of
from detente.guardrails.own_risks import is_masked, risks_of
from detente.guardrails.pseudonyms import Pseudonyms, Replacement
from detente.guardrails.screening import Looked

T = TypeVar("T")

AT_ONCE_MAX: Final = 64
"""Stand-ins that are made in one step: some 20 us each."""
_Mask = tuple[int, int, str]
"""From where to where, and what is masked."""


def drained(work: Generator[None, None, T]) -> T:
    """What comes of some work, without a stop."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def fitting(
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


def _masks(looked: Looked, told: Sequence[Judged], policies: Sequence[Policy]) -> list[_Mask]:
    """What is to be masked, in order and apart: data, and risks that a policy masks, with all that
    overlaps with them."""
    spans = [
        (one.found.start, one.found.end, one.found.category, one.applied.treatment == "mask")
        for one in told
        if one.applied.treatment not in PASSING
    ]
    spans += [
        (one.start, one.end, one.category, True)
        for one in risks_of(looked)
        if is_masked(one, "input", policies)
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
                until = one.found.end
                out.append(_replaced(text, at, until, inside, pseudonyms))
                inside, at = [], until
                yield
        out.append(_replaced(text, at, start, inside, pseudonyms))
        if category:
            out.append(mask_of(category))
        at = end
        yield
    return "".join(out)


def _replaced(
    text: str, start: int, end: int, inside: list[Replacement], pseudonyms: Pseudonyms
) -> str:
    """`text` from `start` to `end` with stand-ins; who stands beside it counts for them."""
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    return pseudonyms.replaced(text[start:end], inside, before=before, after=after)


def _replacement(one: Judged, at: int) -> Replacement:
    """A stand-in in a text that begins at `at`."""
    return Replacement(
        start=one.found.start - at,
        end=one.found.end - at,
        category=one.found.category,
        look_alike=one.applied.look_alike,
    )
