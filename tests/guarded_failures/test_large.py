"""Large requests are looked at in turns: others are answered meanwhile, and nothing large leaves
unseen."""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

import pytest

from tests.allowances.canaries import found_in
from tests.gateway_process import running_gateway
from tests.guarded_failures.callers import Call, Crowd, Heard
from tests.guarded_failures.dialect_requests import Asked, request_in
from tests.guarded_failures.planting import CORES, name_of, original
from tests.guarded_failures.recorder import Recorder, recorders
from tests.guarded_failures.setting import configuration, files_in, key_of

WORDS: Final = ("the", "harvest", "was", "good", "and", "nobody", "asked", "for", "more", "than")
PAUSE_S: Final = 0.005
BOUND_S: Final = 4.0
"""Another client waits for a second and less on a machine with nothing else to do; a busy one is
given some more."""


def _prose(size: int) -> str:
    """Prose with an original every ten thousand characters."""
    chance = Random(1)
    pieces: list[str] = []
    for number in range(size // 10_000):
        pieces.append(" ".join(chance.choices(WORDS, k=2_200)))
        pieces.append(original(sorted(CORES)[number % len(CORES)], number, chance))
    return " ".join(pieces)


def _one(size: int) -> Asked:
    return request_in("openai_chat", {"user": _prose(size)}, stream=False)


def _many(size: int) -> Asked:
    """A text every seventy bytes, one of a hundred with an original."""
    texts = [
        f"number {number} is " + (name_of(number) if number % 100 == 0 else "nobody's")
        for number in range(size // 70)
    ]
    parts = [{"type": "text", "text": text} for text in texts]
    body = {"model": "m", "messages": [{"role": "user", "content": parts}]}
    return Asked(target="/v1/chat/completions", body=json.dumps(body).encode())


def _dense(size: int) -> Asked:
    """Nothing but originals."""
    chance = Random(1)
    said = " ".join(original("email", number, chance) for number in range(size // 38))
    return request_in("openai_chat", {"user": said}, stream=False)


async def _beside(port: int, asked: Asked) -> tuple[Heard, float, list[float]]:
    """The answer to a large request and how long it took, and how long others waited meanwhile."""
    waits: list[float] = []
    crowd, over = Crowd(port), asyncio.Event()
    small = Call(
        number=1,
        key=key_of("plain"),
        asked=request_in("openai_chat", {"user": "hello"}, stream=False),
    )

    async def others() -> None:
        while not over.is_set():
            began = time.monotonic()
            assert (await crowd.call(small)).status == 200
            waits.append(time.monotonic() - began)
            await asyncio.sleep(PAUSE_S)

    async with asyncio.TaskGroup() as group:
        group.create_task(others())
        large = Call(number=2, key=key_of("open"), asked=asked, headers="x-detente-route: eu\r\n")
        began = time.monotonic()
        heard = await crowd.call(large)
        took_s = time.monotonic() - began
        over.set()
    return heard, took_s, waits


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "size",
    [200_000, pytest.param(10_000_000, marks=pytest.mark.long)],
    ids=["quick", "whole"],
)
def test_others_are_answered_meanwhile(tmp_path: Path, size: int) -> None:
    makes: tuple[Callable[[int], Asked], ...] = (_one, _many, _dense)
    upstreams = [Recorder({"answer": 1}, number) for number in range(3)]
    with recorders(*upstreams):
        own, eu, us = (one.base_url for one in upstreams)
        text = configuration(own=own, eu=eu, us=us).replace("workers = 2", "workers = 1")
        text = text.replace('projects = ["open"]', 'projects = ["open"]\ntimeout_ms = 60_000')
        text = text.replace("first_byte_timeout_ms = 400", "first_byte_timeout_ms = 60_000")
        text = text.replace("idle_timeout_ms = 2000", "idle_timeout_ms = 60_000")
        with running_gateway(tmp_path, text, files_in(tmp_path)) as gateway:
            for make in makes:
                _check(upstreams[1], gateway.port, make(size))
        assert "bug in request" not in gateway.errors()


def _check(europe: Recorder, port: int, asked: Asked) -> None:
    heard, took_s, waits = asyncio.run(_beside(port, asked))
    print(  # noqa: T201 - figures to read
        f"{len(asked.body)} bytes took {took_s:.2f} s; the longest of {len(waits)} others waited "
        f"{max(waits):.3f} s"
    )
    assert heard.status == 200, heard.body[:500]
    assert found_in([("what Europe got", bytes(europe.seen))], CORES) == []
    assert "\u27e8".encode() in europe.seen or b"\\u27e8" in europe.seen
    assert "\u27e8" not in heard.text
    assert max(waits) < BOUND_S
