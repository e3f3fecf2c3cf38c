"""Policies on content of one configuration at work: who is governed, and who looks.

Made with a plane, and only where there is a policy. Detectors are made once for a configuration
and kept over a reload that leaves them as they are: a dictionary of a million words takes seconds.
"""

import time
from collections.abc import Mapping
from typing import Final

from detente.canonical.question import Labels
from detente.gateway.guarding.guardrail_secret import guardrail_secret
from detente.gateway.guarding.kept_conversations import kept_conversations
from detente.gateway.say import say
from detente.guardrails.answer_guard import looks_at_answers
from detente.guardrails.detector import Detector
from detente.guardrails.policy import Treatments
from detente.guardrails.rulebook import CLASSES_MAX, Governed, Rulebook
from detente.guardrails.screening import Screen
from detente.wiring import Setup, detectors_of, finds_of, remote_places_of

TOLD_EVERY_S: Final = 60.0
"""A detector that fails does so for every request."""


class Guardrails:
    """See the module; `secret` is what the keys of projects derive from, `kept` what is known of
    conversations that platforms keep."""

    def __init__(self, setup: Setup, detectors: tuple[Detector, ...]) -> None:
        self.secret = guardrail_secret(setup)
        self._setup = setup
        self._detectors = detectors
        self.kept = kept_conversations(setup, self.secret, time.time)
        self._rulebook = Rulebook(
            setup.policies, setup.world, finds_of(setup), remote_places_of(setup)
        )
        self._screens: dict[frozenset[str], Screen] = {}
        self._told_s: dict[str, float] = {}
        self._of_answers: dict[int, tuple[Governed, Treatments, Screen | None]] = {}

    @classmethod
    def of(cls, setup: Setup, before: "Guardrails | None") -> "Guardrails | None":
        """What `setup` says; None without policies. Raises `LocatedErrors`."""
        if not setup.policies:
            return None
        if before is not None and before._has_detectors_of(setup):
            return cls(setup, before._detectors)
        return cls(setup, detectors_of(setup))

    def governed(self, model: str, project: str | None, labels: Labels) -> Governed | None:
        """What policies say of a class of requests, None where none governs them."""
        return self._rulebook.governed(model, project, labels)

    def screen(self, names: frozenset[str]) -> Screen:
        """Those detectors, as one."""
        screen = self._screens.get(names)
        if screen is None:
            asked = tuple(one for one in self._detectors if one.name in names)
            screen = self._screens[names] = Screen(asked)
        return screen

    def answer_screen(self, governed: Governed, treatments: Treatments) -> Screen | None:
        """Those who look at answers of deployments that are treated so, None where nobody need."""
        known = self._of_answers.get(id(treatments))
        if known is not None and known[0] is governed and known[1] is treatments:
            return known[2]
        names = frozenset(
            one.name
            for one in self._detectors
            if one.name in governed.detectors
            and looks_at_answers(governed, treatments, one.categories)
        )
        screen = self.screen(names) if names else None
        if len(self._of_answers) >= CLASSES_MAX:
            self._of_answers.clear()
        self._of_answers[id(treatments)] = (governed, treatments, screen)
        return screen

    def tell_failures(self, reasons: Mapping[str, str], now_s: float) -> None:
        """Say which detectors failed and why, each at most once in `TOLD_EVERY_S`; `now_s` is
        monotonic."""
        for name, reason in reasons.items():
            if now_s - self._told_s.get(name, -TOLD_EVERY_S) >= TOLD_EVERY_S:
                self._told_s[name] = now_s
                say(f"detector `{name}` failed: {reason}")

    def _has_detectors_of(self, setup: Setup) -> bool:
        mine, others = self._setup, setup
        return (
            mine.configuration.guardrails.detectors == others.configuration.guardrails.detectors
            and mine.dictionaries == others.dictionaries
        )
