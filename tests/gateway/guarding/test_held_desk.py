"""An operator's word finds the worker that holds the request, and who says nothing is named."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from tests.gateway.props import Waiter

from detente.configuration.guardrails import Guardrails
from detente.gateway.guarding.held_desk import (
    ContentHidden,
    HeldDesk,
    HeldShown,
    NotHeld,
    WorkersSilent,
)
from detente.gateway.guarding.held_requests import Content, HeldRequests, Notice, Refused, Released
from detente.gateway.link.messages import HeldAsked, HeldTold, Hello, Link, LinkMessage, address_of
from detente.gateway.link.server import LinkServer

WITHIN_S = 20.0
MOMENT_S = 0.05


def notice(id_: str, second: int = 0) -> Notice:
    at = f"2026-11-22T12:00:{second:02}Z"
    facts = {
        **{"id": id_, "since": at, "until": at, "project": None, "key": None, "model": "m"},
        **{"stage": "input", "policy": "p", "category": "prompt_attack", "severity": 2},
        "source": "detente",
    }
    return msgspec.convert(facts, Notice)


class End:
    """A worker's end of the link: answers as `link.client` does, or is mute."""

    def __init__(self, name: str, *, shows: bool = True, mute: bool = False) -> None:
        self.requests = HeldRequests(Guardrails(show_held=shows))
        self.waiters: dict[str, Waiter] = {}
        self._name = name
        self._mute = mute
        self._link = Link(self._heard, lambda _: None)

    def holds(self, id_: str, second: int = 0, content: bytes = b"hello") -> Waiter:
        waiter = self.waiters[id_] = Waiter()
        assert self.requests.hold(waiter, notice(id_, second), content) is None
        return waiter

    async def connect(self, state: Path) -> "End":
        path, folder = address_of(state)
        await asyncio.get_running_loop().create_unix_connection(lambda: self._link, path)
        if folder is not None:
            os.close(folder)
        assert self._link.send(Hello(worker=self._name, holder=f"{self._name}-1"))
        return self

    def _heard(self, link: Link, message: LinkMessage) -> None:
        assert isinstance(message, HeldAsked)
        if self._mute:
            return
        told = HeldTold(number=message.number)
        if message.id is None:
            told = HeldTold(number=message.number, held=self.requests.notices)
        elif message.word is not None:
            found = self.requests.say(message.id, message.word, message.by)
            told = HeldTold(number=message.number, held=() if found is None else (found,))
        elif (look := self.requests.look(message.id)) is not None:
            told = HeldTold(number=message.number, held=(look[0],), content=look[1])
        link.send(told)


def run(
    state: Path,
    story: Callable[[HeldDesk, End, End], Awaitable[None]],
    *,
    second: End | None = None,
    wait_s: float = WITHIN_S,
) -> None:
    """`story` with two workers that are connected."""

    async def told() -> None:
        server = LinkServer(state)
        desk = HeldDesk(server, ("w0", "w1"), wait_s=wait_s)
        known = asyncio.Event()
        server.greet(lambda _hello, _tell: len(server.workers) == 2 and known.set())
        await server.open()
        try:
            async with asyncio.timeout(WITHIN_S):
                ends = [await end.connect(state) for end in (End("w0"), second or End("w1"))]
                await known.wait()
                await story(desk, *ends)
        finally:
            server.close()

    asyncio.run(told())


def test_what_all_hold_is_listed_the_oldest_first(tmp_path: Path) -> None:
    async def story(desk: HeldDesk, one: End, other: End) -> None:
        assert await desk.shown() == HeldShown(held=())
        one.holds("a", 3)
        one.holds("b", 1)
        other.holds("c", 2)
        shown = await desk.shown()
        assert shown == HeldShown(held=(notice("b", 1), notice("c", 2), notice("a", 3)))

    run(tmp_path, story)


def test_a_word_goes_to_who_holds_it_and_is_said_once(tmp_path: Path) -> None:
    async def story(desk: HeldDesk, one: End, other: End) -> None:
        first, second, third = one.holds("a"), other.holds("b"), other.holds("c")
        assert await desk.say("b", "release", by="ops") == notice("b")
        assert await desk.say("c", "refuse", by="ops") == notice("c")
        assert second.heard == [Released(by="ops")]
        assert third.heard == [Refused(why="operator", by="ops")]
        assert first.heard == []
        for word in ("release", "refuse"):
            with pytest.raises(NotHeld, match="no request `b` is held, or not any more; see"):
                await desk.say("b", word, by="ops")

    run(tmp_path, story)


def test_two_operators_at_once_and_one_of_them_decides(tmp_path: Path) -> None:
    async def story(desk: HeldDesk, one: End, other: End) -> None:
        del one
        waiter = other.holds("b")
        said = await asyncio.gather(
            desk.say("b", "release", by="ops"),
            desk.say("b", "refuse", by="boss"),
            return_exceptions=True,
        )
        assert said[0] == notice("b")
        assert isinstance(said[1], NotHeld)
        assert waiter.heard == [Released(by="ops")]

    run(tmp_path, story)


def test_what_it_says_is_shown_where_the_worker_may(tmp_path: Path) -> None:
    async def story(desk: HeldDesk, one: End, other: End) -> None:
        one.holds("a")
        other.holds("b")
        found = await desk.look("a")
        assert (found.notice, found.content) == (notice("a"), Content(text="hello", whole=True))
        with pytest.raises(ContentHidden, match=r"set `guardrails\.show_held`"):
            await desk.look("b")
        with pytest.raises(NotHeld):
            await desk.look("c")
        assert one.waiters["a"].heard == other.waiters["b"].heard == []

    run(tmp_path, story, second=End("w1", shows=False))


def test_who_says_nothing_is_named_and_not_waited_for(tmp_path: Path) -> None:
    async def story(desk: HeldDesk, one: End, mute: End) -> None:
        one.holds("a")
        mute.holds("b")
        assert await desk.shown() == HeldShown(held=(notice("a"),), silent=("w1",))
        with pytest.raises(WorkersSilent, match="no answer from `w1`, which may hold `b`; ask"):
            await desk.say("b", "release", by="ops")

    run(tmp_path, story, second=End("w1", mute=True), wait_s=MOMENT_S)


def test_who_has_it_answers_for_all(tmp_path: Path) -> None:
    async def story(desk: HeldDesk, one: End, mute: End) -> None:
        del mute
        one.holds("a")
        assert await desk.say("a", "release", by="ops") == notice("a")  # long before `WITHIN_S`

    run(tmp_path, story, second=End("w1", mute=True), wait_s=2 * WITHIN_S)


def test_an_id_that_would_break_the_line_is_shown_plainly(tmp_path: Path) -> None:
    async def story(desk: HeldDesk, one: End, other: End) -> None:
        del one, other
        with pytest.raises(NotHeld) as fault:
            await desk.say("a\n\x1b[2J" + "x" * 1_000, "release", by="ops")
        assert str(fault.value).isprintable()
        assert len(str(fault.value)) < 200

    run(tmp_path, story)
