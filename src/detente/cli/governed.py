"""What the policies on content say of a question's deployments, for `detente route`.

Only shows; nothing is looked at, so every category that a detector may find is told.

>>> told = content_of(setup, question)
>>> told.line("own/m", "input")
'personal: flag (confidential); all else passes'
"""

from collections.abc import Mapping

import msgspec

from detente.canonical.guardrail import GROUPS, Stage
from detente.canonical.question import Question
from detente.guardrails.policy import Applied, Treatments, governing
from detente.guardrails.risk import RISKS
from detente.guardrails.rulebook import Governed, governed_by
from detente.wiring import Setup, finds_of, remote_places_of


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """The policies that govern a question, and every category that their detectors may find.

    `elsewhere` are the ids of the places of detectors that are asked over the network, by name.
    """

    governed: Governed
    categories: tuple[str, ...]
    elsewhere: Mapping[str, str] = {}

    @property
    def policies(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(policy.name for policy in self.governed.policies)

    def treatments(self, deployment: str, stage: Stage) -> dict[str, Applied]:
        """What becomes of each category that does not just pass."""
        return self._applied(self.governed.treatments[deployment], stage)

    def line(self, deployment: str, stage: Stage) -> str:
        """The same for a person: categories with one treatment together, whole groups by name."""
        return self._line(self.treatments(deployment, stage))

    def seen(self, detector: str) -> dict[str, Applied]:
        """What becomes of each category on its way to a remote detector."""
        return self._applied(self.governed.remote[detector], "input")

    def seen_line(self, detector: str) -> str:
        """The same for a person."""
        return self._line(self.seen(detector))

    def _applied(self, treatments: Treatments, stage: Stage) -> dict[str, Applied]:
        applied = {category: treatments.of(category, stage) for category in self.categories}
        return {category: one for category, one in applied.items() if one.treatment != "allow"}

    def _line(self, treatments: Mapping[str, Applied]) -> str:
        found: dict[Applied, list[str]] = {}
        for category, applied in treatments.items():
            found.setdefault(applied, []).append(category)
        parts = [f"{self._words(names)}: {_words(one)}" for one, names in found.items()]
        if not parts or sum(map(len, found.values())) < len(self.categories):
            parts.append("all else passes" if parts else "everything passes")
        return "; ".join(parts)

    def _words(self, names: list[str]) -> str:
        whole = {
            group: [name for name in self.categories if name in members]
            for group, members in GROUPS.items()
        }
        told = [g for g, inside in whole.items() if len(inside) > 1 and {*inside} <= {*names}]
        grouped = {name for group in told for name in whole[group]}
        return ", ".join((*told, *(name for name in names if name not in grouped)))


def content_of(setup: Setup, question: Question) -> Content | None:
    """What policies say of the question's model and caller, None where none governs."""
    policies = governing(
        setup.policies,
        model=question.model,
        project=question.project,
        labels=(*question.labels, *question.header_labels),
    )
    if not policies:
        return None
    finds = finds_of(setup)
    places = remote_places_of(setup)
    governed = governed_by(policies, question.model, setup.world, finds, places)
    found = (c for name in finds if name in governed.detectors for c in finds[name])
    return Content(
        governed=governed,
        categories=tuple(dict.fromkeys(c for c in found if c not in RISKS)),
        elsewhere={name: places[name].id for name in governed.remote},
    )


def _words(applied: Applied) -> str:
    alike = " as look-alike" if applied.look_alike else ""
    return f"{applied.treatment}{alike} ({applied.policy})"
