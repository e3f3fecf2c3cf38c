"""What a platform's safety system said of a prompt or an answer: one record for all of them.

Never content: `raw` is the platform's own word for what it found, cut short. Whether anything
follows from a signal is for others to decide.

>>> SafetySignal(stage="input", action="blocked", category="hate", severity=2, source="azure",
...              raw="hate").is_harmful
True
"""

from typing import Final, Literal

import msgspec

SafetyCategory = Literal[
    "hate",
    "harassment",
    "sexual",
    "minors",
    "violence",
    "self_harm",
    "illicit",
    "bio",
    "cyber",
    "prompt_attack",
    "pii",
    "ip",
    "blocklist",
    "topic",
    "ungrounded",
    "provider_policy",
    "other",
]
"""What was found, in the words that platforms have in common.

`minors`: sexual content that involves them. `illicit`: crime and weapons. `bio`, `cyber`: what
would help an attack of that kind. `prompt_attack`: a jailbreak, or instructions from elsewhere.
`ip`: protected or recited material. `blocklist`: words that the customer forbade. `topic`: a
subject that the customer forbade. `ungrounded`: said without support in the sources.
`provider_policy`: a rule of the platform's own. `other`: what the platform does not say.
"""

SafetyAction = Literal["none", "flagged", "masked", "blocked", "model_refusal", "not_run"]
"""What came of it.

`none`: it was looked at and passed. `flagged`: found, and let through. `masked`: found, and made
unreadable. `blocked`: withheld. `model_refusal`: the model itself would not. `not_run`: the filter
failed, so that nothing was looked at.
"""

SafetySource = Literal[
    "azure", "openai", "anthropic", "bedrock", "google", "mistral", "oci", "host", "detente"
]
"""Whose word it is; `host` is a server that speaks another's dialect, `detente` our own detectors.
"""

RAW_CHARACTERS_MAX: Final = 80
WITHHELD: Final = ("blocked", "masked")
"""Actions by which something did not get through as it was."""
SIGNALS_MAX: Final = 32
"""Signals kept of one answer: the most that a platform gives is about twenty."""


class SafetySignal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One finding about a prompt (`input`) or an answer (`output`).

    `severity` is 0 (none) to 3 (high), None where the platform does not say.
    """

    stage: Literal["input", "output"]
    action: SafetyAction
    category: SafetyCategory
    severity: int | None = None
    source: SafetySource
    raw: str = ""

    @property
    def is_harmful(self) -> bool:
        """Whether something was found, or may have been missed."""
        return self.action != "none" or bool(self.severity)


def told(signals: tuple[SafetySignal, ...]) -> tuple[SafetySignal, ...]:
    """What of them is worth keeping: each harmful one once, in order, up to the bound.

    That something was blocked is not told again where another signal tells what for.
    """
    explained = {one.stage for one in signals if one.action in WITHHELD and one.category != "other"}
    kept = (
        one
        for one in signals
        if one.is_harmful
        and not (one.action == "blocked" and one.category == "other" and one.stage in explained)
    )
    return tuple(dict.fromkeys(kept))[:SIGNALS_MAX]
