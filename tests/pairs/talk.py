"""A conversation with one model through one official client, under one face for all of them.

A `Talk` asks, hands back what its SDK returned as the SDK returned it (thinking, signatures, items,
parts), then the results of its tools. Each dialect's is in a file of its own (`*_talk.py`).

>>> talk = CLIENTS["anthropic_messages"](Terms(url=url, model="m-gemini"))
>>> talk.ask("What is the weather in Paris?").calls
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import httpx

from tests.pairs.told import Told

CLIENT_KEY: Final = "dt-pairs-tests-0001"
OUTPUT_TOKENS: Final = 4096
BUDGET_TOKENS: Final = 2048
SCHEMA: Final = {"type": "object", "properties": {"city": {"type": "string"}}}
"""Of every tool's arguments."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Whom to ask, and how; `timeout_s` bounds every wait of the SDK."""

    url: str
    model: str
    key: str = CLIENT_KEY
    stream: bool = False
    tools: Sequence[str] = ()
    thinks: bool = True
    temperature: float | None = None
    output_tokens: int = OUTPUT_TOKENS
    timeout_s: float = 30.0


@dataclass(frozen=True)
class Result:
    """What a tool gave: text, perhaps an image (PNG bytes), perhaps an error."""

    text: str
    image: bytes | None = None
    error: bool = False


Given = tuple[str, str, Result]
"""A call's id (empty where the dialect has none), its tool's name, and what it gave."""


class Talk(Protocol):
    """One conversation."""

    @property
    def heard(self) -> "Heard":
        """The head of the last answer."""
        ...

    def ask(self, text: str) -> Told:
        """Say something, and hear the answer; raises what the SDK raises."""
        ...

    def give(self, results: Sequence[Given]) -> Told:
        """Hand back results, and hear the answer."""
        ...


class Heard:
    """The headers of the last answer; `trouble` is what an SDK tells in its stream as an event
    where others raise."""

    def __init__(self) -> None:
        self.headers: Mapping[str, str] = {}
        self.trouble = ""

    @property
    def lost(self) -> list[str]:
        """The features that `x-detente-loss` names, without their places."""
        named = self.headers.get("x-detente-loss", "none").split(", ")
        return [one.partition("@")[0] for one in named if one != "none"]

    @property
    def deployment(self) -> str:
        """Who answered, by the name of its provider."""
        return self.headers["x-detente-deployment"].partition("/")[0]

    @property
    def hooks(self) -> dict[str, list[Any]]:
        """For an HTTP client of the SDKs that use httpx."""
        return {"response": [self._note]}

    def _note(self, response: httpx.Response) -> None:
        self.headers = dict(response.headers)
