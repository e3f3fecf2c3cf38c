"""How each state looks, in characters and in colours, and what it is called.

A state is told twice: by its shape (a full bar, a thin line, an empty frame) and by its colour,
so that neither a reader who sees no colours nor a black-and-white print loses one. The colours
are after Okabe and Ito's palette for all eyes (jfly.uni-koeln.de/color, read 2026-11-22).

>>> LOOKS["held"].words
'held back behind another'
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from detente.agreements.timeline import State

Shape = Literal["full", "thin", "frame", "haze", "none"]
"""A bar of the row's height, a line at its foot, an empty frame (visibly a gap), a pale bar (one
cannot tell), or nothing.
"""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One state: its words, its character and style on a terminal, its shape and colours."""

    words: str
    short: str
    character: str
    style: str
    shape: Shape
    light: str
    dark: str


LOOKS: Final[Mapping[State, Look]] = MappingProxyType(
    {
        "open": Look(
            words="open to the caller",
            short="open",
            character="█",
            style="bright_blue",
            shape="full",
            light="#0072b2",
            dark="#3a9fdc",
        ),
        "enrolled": Look(
            words="open to the enrolled",
            short="enrolled",
            character="▒",
            style="cyan",
            shape="full",
            light="#8cc8ee",
            dark="#1f5f8b",
        ),
        "waiting": Look(
            words="waits for a first refusal",
            short="first refusal",
            character="w",
            style="yellow",
            shape="full",
            light="#f0c04a",
            dark="#c08a10",
        ),
        "held": Look(
            words="held back behind another",
            short="held",
            character="░",
            style="bright_red",
            shape="frame",
            light="#c2410c",
            dark="#ff8a4c",
        ),
        "closed": Look(
            words="closed by a clause",
            short="closed",
            character="×",  # noqa: RUF001 - a cross, which no letter replaces
            style="red",
            shape="thin",
            light="#c2410c",
            dark="#ff8a4c",
        ),
        "absent": Look(
            words="not offered",
            short="not offered",
            character="·",
            style="bright_black",
            shape="thin",
            light="#9aa3ad",
            dark="#7c8793",
        ),
        "unknown": Look(
            words="not known",
            short="not known",
            character="?",
            style="magenta",
            shape="haze",
            light="#8a3d82",
            dark="#d99ad2",
        ),
        "conflict": Look(
            words="clauses contradict",
            short="conflict",
            character="!",
            style="bold bright_magenta",
            shape="full",
            light="#cc79a7",
            dark="#a8527f",
        ),
        "unreleased": Look(
            words="before its release",
            short="unreleased",
            character=" ",
            style="",
            shape="none",
            light="#ffffff",
            dark="#000000",
        ),
    }
)
"""Every state, in the order of the legend."""


class Theme(msgspec.Struct, frozen=True, kw_only=True):
    """The colours of everything that is not a state."""

    name: Literal["light", "dark"]
    paper: str
    ink: str
    soft: str
    grid: str
    regime: str
    other: str
    on_regime: str
    event: str

    def of(self, state: State) -> str:
        """The colour of a state."""
        look = LOOKS[state]
        return look.light if self.name == "light" else look.dark


LIGHT: Final = Theme(
    name="light",
    paper="#ffffff",
    ink="#1d2530",
    soft="#5b6673",
    grid="#e3e7ec",
    regime="#3f4f63",
    other="#b9c4d0",
    on_regime="#ffffff",
    event="#00694f",
)
DARK: Final = Theme(
    name="dark",
    paper="#12171e",
    ink="#e6ebf1",
    soft="#a3afbc",
    grid="#2a323d",
    regime="#9fb2c8",
    other="#4a5766",
    on_regime="#12171e",
    event="#4fd1a8",
)
