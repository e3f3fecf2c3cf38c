"""What all workers together have heard of limits: asked of each, waited for within a bound.

Reads no headers (`headrooms.py` does, in each worker) and keeps nothing between two questions.

>>> await HeadroomQuestions(("w0", "w1")).ask(channel.send)
HeadroomReport(deployments={}, silent=('w1',))
"""

import asyncio
import itertools
from collections.abc import Callable
from typing import Final

import msgspec

from detente.gateway.link.channel import HeadroomAsked, HeadroomTold
from detente.gateway.measures.headrooms import Readings, latest

WAIT_S: Final = 2.0
"""A worker looks up what it has heard in milliseconds; one that takes longer stands still."""


class HeadroomReport(msgspec.Struct, frozen=True, kw_only=True):
    """The last reading of each deployment, by its id; `silent` are the workers that did not answer
    in time, whose readings are not in it."""

    deployments: Readings
    silent: tuple[str, ...] = ()


class _Question:
    """One question under way: who has answered it what."""

    def __init__(self) -> None:
        self.answers: dict[str, Readings] = {}
        self.whole = asyncio.Event()


class HeadroomQuestions:
    """Asks `workers`, through whoever knows them, as often as somebody wants to know."""

    def __init__(self, workers: tuple[str, ...], wait_s: float = WAIT_S) -> None:
        self._workers = workers
        self._wait_s = wait_s
        self._numbers = itertools.count(1)
        self._open: dict[int, _Question] = {}

    async def ask(self, send: Callable[[HeadroomAsked], None]) -> HeadroomReport:
        """Send one question and wait for its answers; never longer than the bound."""
        number, question = next(self._numbers), _Question()
        self._open[number] = question
        send(HeadroomAsked(number=number))
        try:
            async with asyncio.timeout(self._wait_s):
                await question.whole.wait()
        except TimeoutError:
            pass  # who is missing is said
        finally:
            del self._open[number]
        silent = tuple(name for name in self._workers if name not in question.answers)
        return HeadroomReport(deployments=latest(question.answers.values()), silent=silent)

    def told(self, answer: HeadroomTold) -> None:
        """One worker has answered, perhaps too late."""
        question = self._open.get(answer.number)
        if question is None:
            return
        question.answers[answer.worker] = answer.readings
        if all(name in question.answers for name in self._workers):
            question.whole.set()
