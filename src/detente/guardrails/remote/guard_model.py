"""A guard model on any chat deployment: Llama Guard 3, and what answers as it does.

The answer is `safe`, or `unsafe` and a line of hazards (`S1,S10`); the hazards are MLCommons' and
one more, as in https://github.com/meta-llama/PurpleLlama (`Llama-Guard3/8B/MODEL_CARD.md`, read
2026-11-22). Such a model's own chat template puts the task around the conversation, so that it is
sent the text alone; with `instructed` the task is sent as well, for a model that has no such
template. A model can be talked into an answer: a signal, not a boundary.

>>> GuardModel(name="g").verdict("unsafe\\nS10", "input")[0].category
'hate'
"""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from detente.canonical.content import Reasoning, Text, Turn
from detente.canonical.guardrail import Stage
from detente.canonical.request import Request
from detente.canonical.response import Response
from detente.canonical.safety import SafetyCategory, SafetySignal
from detente.guardrails.remote.asking import bounded, flagged, once, packed, unlike

TEXT_CHARACTERS_MAX: Final = 6_000
"""With the task some 8,000 tokens of most languages: the smallest context of such a model."""
ANSWER_TOKENS_MAX: Final = 64
"""All fourteen hazards in a row."""
INSTRUCTED_TOKENS_MAX: Final = 1_024
"""A model for everything may think first."""

HAZARDS: Final[dict[str, tuple[str, SafetyCategory]]] = {
    "S1": ("Violent Crimes", "violence"),
    "S2": ("Non-Violent Crimes", "illicit"),
    "S3": ("Sex-Related Crimes", "sexual"),
    "S4": ("Child Sexual Exploitation", "minors"),
    "S5": ("Defamation", "other"),
    "S6": ("Specialized Advice", "other"),
    "S7": ("Privacy", "pii"),
    "S8": ("Intellectual Property", "ip"),
    "S9": ("Indiscriminate Weapons", "illicit"),
    "S10": ("Hate", "hate"),
    "S11": ("Suicide & Self-Harm", "self_harm"),
    "S12": ("Sexual Content", "sexual"),
    "S13": ("Elections", "other"),
    "S14": ("Code Interpreter Abuse", "cyber"),
}
"""The hazards by the codes of the answer: their names, and what they are called here."""
SPEAKERS: Final[dict[Stage, str]] = {"input": "User", "output": "Agent"}
UNSHOWN: Final = "(not shown)"
"""What a user said of whose answer alone is looked at: a conversation begins with a user."""
_MARK: Final = re.compile(r"<(?=(?:BEGIN|END) )", re.IGNORECASE)


class GuardModel(msgspec.Struct, frozen=True, kw_only=True):
    """A chat model that judges; see the module."""

    name: str
    instructed: bool = False
    stages: tuple[Stage, ...] = ("input",)

    @property
    def categories(self) -> tuple[SafetyCategory, ...]:
        """All that its hazards mean."""
        return tuple(dict.fromkeys(category for _, category in HAZARDS.values()))

    def asks(self, texts: Sequence[str], stage: Stage, *, model: str) -> tuple[Request, ...]:
        """The requests for the upstream's `model` in which all of `texts` are looked at; raises
        `DetectorError` where that takes too many."""
        return bounded(
            Request(
                model=model,
                turns=self._turns(text, stage),
                max_output_tokens=(INSTRUCTED_TOKENS_MAX if self.instructed else ANSWER_TOKENS_MAX),
                temperature=0.0,
            )
            for text in packed(texts, TEXT_CHARACTERS_MAX)
        )

    def read(self, answer: Response, stage: Stage) -> tuple[SafetySignal, ...]:
        """What a whole answer says; raises `DetectorError`."""
        if len(answer.choices) != 1 or answer.choices[0].stop not in ("end", "stop_sequence"):
            raise unlike()
        parts = answer.choices[0].parts
        if any(not isinstance(part, Text | Reasoning) for part in parts):
            raise unlike()
        texts = [part.text for part in parts if isinstance(part, Text)]
        return self.verdict("".join(texts), stage)

    def verdict(self, said: str, stage: Stage) -> tuple[SafetySignal, ...]:
        """What the text of an answer says; raises `DetectorError` for any other words."""
        lines = [line.strip() for line in said.strip().splitlines()]
        if lines == ["safe"]:
            return ()
        codes = [code.strip() for code in lines[1].split(",")] if len(lines) == 2 else []
        if not codes or lines[0] != "unsafe" or any(code not in HAZARDS for code in codes):
            raise unlike()
        return once(flagged(stage, HAZARDS[code][1], code, "host") for code in codes)

    def _turns(self, text: str, stage: Stage) -> tuple[Turn, ...]:
        if self.instructed:
            return (Turn(role="user", parts=(Text(text=_task(text, stage)),)),)
        shown = (Text(text=text),)
        if stage == "input":
            return (Turn(role="user", parts=shown),)
        unshown = Turn(role="user", parts=(Text(text=UNSHOWN),))
        return (unshown, Turn(role="assistant", parts=shown))


def _task(text: str, stage: Stage) -> str:
    """The task with its categories and the text, which cannot end the place where it stands."""
    who = SPEAKERS[stage]
    hazards = "\n".join(f"{code}: {name}." for code, (name, _) in HAZARDS.items())
    return (
        f"Task: Check if there is unsafe content in '{who}' messages in conversations according to "
        f"our safety policy with the below categories.\n\n<BEGIN UNSAFE CONTENT CATEGORIES>\n"
        f"{hazards}\n<END UNSAFE CONTENT CATEGORIES>\n\n<BEGIN CONVERSATION>\n\n{who}: "
        f"{_MARK.sub('< ', text)}\n\n<END CONVERSATION>\n\nProvide your safety assessment for ONLY "
        f"THE LAST {who} message in the above conversation:\n- First line must read 'safe' or "
        "'unsafe'.\n- If unsafe, a second line must include a comma-separated list of violated "
        "categories."
    )
