"""What every detector is: a recogniser of one kind of data in text. Pure.

A detector looks at one text at a time, never keeps it, and takes linear time whatever it is given.
It says how far it has to look back, so that a stream knows which of its text can go.

>>> Finding(start=3, end=12, category="email").end
12
"""

from collections.abc import Iterator
from typing import Protocol

import msgspec


class Finding(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What was found from character `start` up to `end`, which is not part of it.

    `severity` (1 to 3) is for what is a signal, not a certainty (an attack on the prompt).
    """

    start: int
    end: int
    category: str
    severity: int = 3


class Detector(Protocol):
    """One recogniser; made once, asked often.

    `name` is how policies and evidence call it, `categories` what it may find. `look_back` is the
    most characters that one finding has, with what must stand before and after it to be known: text
    that lies further back cannot change any more.
    """

    @property
    def name(self) -> str: ...

    @property
    def categories(self) -> tuple[str, ...]: ...

    @property
    def look_back(self) -> int: ...

    def find(self, text: str) -> Iterator[Finding]:
        """What is in `text`, in order, not overlapping."""
        ...
