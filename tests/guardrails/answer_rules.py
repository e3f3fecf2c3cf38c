"""Rules that answers are screened by in tests; one detector finds names and a risk, and can fail.

>>> rules_of({"person": "mask"}).treatments.of("person", "output").treatment
'mask'
"""

import re
from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from detente.canonical.guardrail import Policy, RiskRule, Treatment
from detente.guardrails.answer_judging import AnswerRules, edited
from detente.guardrails.detector import Detector, Finding
from detente.guardrails.detectors.email import Email
from detente.guardrails.part_looks import PartLook
from detente.guardrails.policy import Applied, Treatments
from detente.guardrails.screening import Screen


class Names:
    """Finds `Ann` and `Ann Lee` as a person, `plot` as a risk of severity 2; fails at `ERR`."""

    name = "names"
    categories = ("person", "topic")
    look_back = 12

    def find(self, text: str) -> Iterator[Finding]:
        """Every such word."""
        for found in re.finditer("Ann(?: Lee)?|plot", text):
            category = "topic" if found[0] == "plot" else "person"
            yield Finding(start=found.start(), end=found.end(), category=category, severity=2)
        if "ERR" in text:
            raise ValueError("x")


MASKED: Mapping[str, Treatment] = {"person": "mask", "email": "mask"}

PLAIN = Policy(name="p")


def rules_of(
    treatments: Mapping[str, Treatment] = MASKED,
    *,
    risks: tuple[RiskRule, ...] = (),
    policy: Policy = PLAIN,
    originals: Mapping[str, str] | None = None,
    structured: bool = False,
    detectors: tuple[Detector, ...] = (Names(), Email()),
) -> AnswerRules:
    """Rules by which each of `treatments` is what becomes of its category."""
    applied = {name: Applied(treatment=one, policy="p") for name, one in treatments.items()}
    return AnswerRules(
        screen=Screen(detectors),
        treatments=Treatments(input={}, output=applied),
        policies=(replace(policy, risks=risks),),
        originals=originals or {},
        structured=structured,
    )


def sent(look: PartLook, pieces: list[str]) -> str:
    """What goes of text in pieces."""
    waiting, out = "", ""
    for number, piece in enumerate([*pieces, ""]):
        cleared = look.close() if number == len(pieces) else look.feed(piece)
        waiting += piece
        out += edited(waiting[: cleared.length], cleared.edits)
        waiting = waiting[cleared.length :]
    return out
