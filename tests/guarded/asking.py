"""How one thing is asked of a model behind the gateway, and what must be true each time.

>>> asked = Asked(stage, "openai_chat", "gemini_generate", "typed", stream=True)
>>> asked.talk().ask("echo hi").text
'hi'
"""

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from itertools import product
from typing import Final

import pytest

from detente.simulator import Fragment, Received, composition, tokens
from detente.simulator.composition import Ask, Composition
from tests.guarded.clients import CLIENTS, WITHOUT_TOOLS
from tests.guarded.planted import ORIGINALS, Wire
from tests.guarded.stage import KEYS, UPSTREAMS, model_of
from tests.pairs.stage import Stage
from tests.pairs.talk import Talk, Terms

PAIRS: Final = tuple(product(CLIENTS, UPSTREAMS))
TALKERS: Final = tuple(name for name in CLIENTS if name not in WITHOUT_TOOLS)
WITH_TOOLS: Final = tuple(
    pair for pair in PAIRS if pair[0] not in WITHOUT_TOOLS and pair[1] not in WITHOUT_TOOLS
)
Turn = tuple[str, str, str, bool]
"""Client, upstream, project, and whether it is streamed."""
MODES: Final = tuple(product(("typed", "alike"), (False, True)))


class Asked:
    """One client at one platform, for one project; `wire` looks through what the platform got."""

    def __init__(
        self,
        stage: Stage,
        client: str,
        upstream: str,
        project: str,
        *,
        stream: bool,
        originals: Iterable[str] = ORIGINALS,
    ) -> None:
        self.wire = Wire(originals)
        self.name = f"{client} at {upstream} for {project}, {'streamed' if stream else 'whole'}"
        self._client = CLIENTS[client]
        self._platform = stage.platforms[upstream]
        self._platform.reset()
        self._terms = Terms(
            url=stage.url, model=model_of(upstream), key=KEYS[project], stream=stream, thinks=False
        )

    def talk(self, *tools: str) -> Talk:
        """A conversation."""
        terms = Terms(
            url=self._terms.url,
            model=self._terms.model,
            key=self._terms.key,
            stream=self._terms.stream,
            tools=tools,
            thinks=False,
        )
        return self._client(terms)

    def torn(self, size: int) -> None:
        """The platform's next answer comes in writes of so many bytes: characters are cut, too."""
        self._platform.script(Fragment(size=size))

    def look_for(self, originals: Iterable[str]) -> None:
        """These are the originals."""
        self.wire = Wire(originals)

    def sent(self, count: int) -> tuple[Received, ...]:
        """The requests that the platform got, which are so many and have no original in them."""
        requests = self._platform.requests
        assert len(requests) == count, self.name
        for received in requests:
            assert self.wire.leaks(received) == [], self.name
        return requests


@contextmanager
def pieces_of(size: int | None) -> Generator[None]:
    """Platforms stream in pieces of so many characters: stand-ins are cut in each place."""

    def cut(text: str) -> list[str]:
        assert size is not None
        return [text[at : at + size] for at in range(0, len(text), size)]

    with pytest.MonkeyPatch.context() as patch:
        if size is not None:
            patch.setattr(tokens, "split", cut)
        yield


@contextmanager
def saying(answer: Callable[[str], Composition]) -> Generator[None]:
    """Models answer what `answer` makes of their prompt."""

    def compose(ask: Ask, *, tokens: int, variant: int = 0) -> Composition:
        del tokens, variant
        return answer(ask.prompt)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(composition, "compose", compose)
        yield


def turns(pairs: Iterable[tuple[str, str]]) -> list[Turn]:
    """Each pair once, with a project and a mode in turn: each comes to each client and platform."""
    places = {name: at for names in (CLIENTS, UPSTREAMS) for at, name in enumerate(names)}
    return [
        (client, upstream, *MODES[(places[client] + places[upstream]) % len(MODES)])
        for client, upstream in pairs
    ]
