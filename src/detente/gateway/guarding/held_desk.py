"""Where an operator sees what workers hold, and releases or refuses it: in the control process.

Nothing is kept here: the workers are asked each time, over the link, and one that does not answer
is named and not waited for. Not here: what waits (`held_requests`), and who may ask (`admin.held`).

>>> desk = HeldDesk(links, workers=("w0", "w1"))
>>> await desk.say("req_0123456789abcdef00000001", "release", by="ops")
Notice(id='req_0123456789abcdef00000001', stage='input', category='prompt_attack', ...)
"""

import asyncio
import itertools
from typing import Final

import msgspec

from detente.configuration.words import plain
from detente.gateway.guarding.held_requests import Content, Notice, Word, oldest_first
from detente.gateway.link.messages import HeldAsked, HeldTold, Hello
from detente.gateway.link.server import LinkServer

WAIT_S: Final = 2.0
"""A worker looks up what it holds in microseconds; one that takes longer stands still."""
LIST_CURE: Final = "see `detente held list`"


class HeldShown(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for an operator, the oldest first; `silent` are the workers that did not answer,
    and what they hold is not in it."""

    held: tuple[Notice, ...]
    silent: tuple[str, ...] = ()


class HeldContent(msgspec.Struct, frozen=True, kw_only=True):
    """What a held request or answer says, as it stands on the wire."""

    notice: Notice
    content: Content


class NotHeld(Exception):
    """No worker holds it, or not any more; the message is one sentence that names the cure."""


class WorkersSilent(Exception):
    """Who may hold it did not answer; the message is one sentence that names the cure."""


class ContentHidden(Exception):
    """It is held, and what it says is shown to nobody."""


class _Question:
    """One question under way: who has answered it what."""

    def __init__(self, *, of_one: bool) -> None:
        self.of_one = of_one
        self.answers: dict[str, HeldTold] = {}
        self.enough = asyncio.Event()


class HeldDesk:
    """Asks the `workers` behind `links`, as often as somebody wants to know."""

    def __init__(
        self, links: LinkServer, workers: tuple[str, ...], *, wait_s: float = WAIT_S
    ) -> None:
        self._links = links
        self._workers = workers
        self._wait_s = wait_s
        self._numbers = itertools.count(1)
        self._open: dict[int, _Question] = {}
        links.hear(HeldTold, self._told)

    async def shown(self) -> HeldShown:
        """What all workers hold now."""
        answers = await self._ask()
        notices = [notice for told in answers.values() for notice in told.held]
        return HeldShown(held=oldest_first(notices), silent=self._silent(answers))

    async def say(self, id_: str, word: Word, *, by: str) -> Notice:
        """Have the operator `by` release or refuse the request of that id.

        Raises `NotHeld`, and `WorkersSilent` where one that did not answer may hold it.
        """
        return self._found(id_, await self._ask(id_, word, by)).held[0]

    async def look(self, id_: str) -> HeldContent:
        """What the request of that id says; raises as `say` does, and `ContentHidden`."""
        found = self._found(id_, await self._ask(id_))
        if found.content is None:
            message = "what a held request says is shown to nobody; set `guardrails.show_held`"
            raise ContentHidden(message)
        return HeldContent(notice=found.held[0], content=found.content)

    async def _ask(
        self, id_: str | None = None, word: Word | None = None, by: str = ""
    ) -> dict[str, HeldTold]:
        """The answers by worker: all, or up to the one that has it, within the bound."""
        number, question = next(self._numbers), _Question(of_one=id_ is not None)
        self._open[number] = question
        self._links.broadcast(HeldAsked(number=number, id=id_, word=word, by=by))
        try:
            async with asyncio.timeout(self._wait_s):
                await question.enough.wait()
        except TimeoutError:
            pass  # who is missing is said
        finally:
            del self._open[number]
        return question.answers

    def _told(self, hello: Hello, told: HeldTold) -> None:
        """One worker has answered, perhaps too late."""
        question = self._open.get(told.number)
        if question is None:
            return
        question.answers[hello.worker] = told
        if (question.of_one and told.held) or not self._silent(question.answers):
            question.enough.set()

    def _found(self, id_: str, answers: dict[str, HeldTold]) -> HeldTold:
        for told in answers.values():
            if told.held:
                return told
        silent = self._silent(answers)
        if silent:
            names = ", ".join(f"`{name}`" for name in silent)
            message = f"no answer from {names}, which may hold `{plain(id_)}`; ask again"
            raise WorkersSilent(message)
        raise NotHeld(f"no request `{plain(id_)}` is held, or not any more; {LIST_CURE}")

    def _silent(self, answers: dict[str, HeldTold]) -> tuple[str, ...]:
        return tuple(name for name in self._workers if name not in answers)
