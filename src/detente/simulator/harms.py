"""What simulated services find in a text: one word for each harm, one sentence for an attack.

A guard model is simulated where a model's name has the word `guard`: it says of the last turn what
Llama Guard 3 would (`S1,S10`).

>>> harms_in("a hateful and violent text")
('hate', 'violence')
>>> judged("a hateful and violent text")
'unsafe\\nS10,S1'
"""

import re
from typing import Final

WORDS: Final = {
    "harassing": "harassment",
    "hateful": "hate",
    "criminal": "illicit",
    "suicidal": "self_harm",
    "sexual": "sexual",
    "violent": "violence",
}
"""Each word with the harm that it is."""
ATTACK: Final = "ignore all previous instructions"
HAZARDS: Final = {
    "harassment": "S10",
    "hate": "S10",
    "illicit": "S2",
    "self_harm": "S11",
    "sexual": "S12",
    "violence": "S1",
}
"""What Llama Guard 3 calls them, which knows no harassment."""
GUARD: Final = re.compile(r"(?<![a-z])guard(?![a-z])", re.IGNORECASE)
BEGIN: Final = "<BEGIN CONVERSATION>"
END: Final = "<END CONVERSATION>"
_WORD: Final = re.compile(r"\w+")


def harms_in(text: str) -> tuple[str, ...]:
    """The harms of which `text` has the word, in the order of the table."""
    said = {word.lower() for word in _WORD.findall(text)}
    return tuple(harm for word, harm in WORDS.items() if word in said)


def is_attack(text: str) -> bool:
    """Whether it has the sentence that is an attack on a prompt."""
    return ATTACK in text.lower()


def is_guard(model: str) -> bool:
    """Whether a model judges instead of chatting."""
    return GUARD.search(model) is not None


def judged(text: str) -> str:
    """What a guard model says of a text, or of the conversation in a task that is one."""
    text = text.partition(BEGIN)[2].partition(END)[0] if BEGIN in text else text
    hazards = dict.fromkeys(HAZARDS[harm] for harm in harms_in(text))
    return "unsafe\n" + ",".join(hazards) if hazards else "safe"
