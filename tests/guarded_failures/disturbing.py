"""What goes wrong while a crowd asks: an upstream is gone, the configuration changes, workers die.

One disturbance after the other, each when so many more answers have come.

>>> await Disturbing(gateway, own, texts).go_on(crowd, total=300)
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import Final

from tests.gateway_process import SOURCE, GatewayProcess
from tests.guarded_failures.callers import Crowd
from tests.guarded_failures.recorder import Recorder
from tests.loop_thread import LoopThread

DRILL: Final = ("drill", "--without", "provider:own", "--live", "--for", "1s")
DRILL_S: Final = 60.0
FIRST: Final = 8
"""So many answers come in peace."""


class Disturbing:
    """See the module; `kills` is how many workers were killed, `done` what was done how often."""

    def __init__(
        self,
        gateway: GatewayProcess,
        own: Recorder,
        thread: LoopThread,
        texts: tuple[str, str],
        *,
        chance: Random,
    ) -> None:
        self.kills = 0
        self.done: Counter[str] = Counter()
        self.drills: list[subprocess.Popen[bytes]] = []
        self._gateway = gateway
        self._own = own
        self._thread = thread
        self._texts = texts
        self._chance = chance

    async def go_on(self, crowd: Crowd, *, total: int, every: int, kills_max: int) -> None:
        """Disturb after each `every` answers, and leave all upstreams as they should be."""
        acts: list[tuple[str, Callable[[], Awaitable[None]]]] = [
            ("own engine gone", self._gone),
            ("reload with new detectors", self._reload),
            ("own engine back", self._back),
            ("drill", self._drill),
            ("reload as before", self._reload_back),
            ("connections lost", self._lost),
            ("worker killed", self._kill),
        ]
        for step, reached in enumerate(range(FIRST, total, every)):
            await crowd.reached(reached)
            name, act = acts[step % len(acts)]
            if name == "worker killed" and self.kills >= kills_max:
                continue
            self.done[name] += 1
            await act()
        await self._back()

    def over(self) -> None:
        """Waits for drills to end."""
        for drill in self.drills:
            drill.wait(DRILL_S)

    async def _gone(self) -> None:
        await self._in_thread(self._own.stop)

    async def _back(self) -> None:
        await self._in_thread(self._own.start)

    async def _lost(self) -> None:
        await self._in_thread(self._own.stop)
        await self._in_thread(self._own.start)

    async def _reload(self) -> None:
        self._gateway.reload(self._texts[1])

    async def _reload_back(self) -> None:
        self._gateway.reload(self._texts[0])

    async def _kill(self) -> None:
        os.kill(self._chance.choice(self._gateway.workers()), signal.SIGKILL)
        self.kills += 1

    async def _drill(self) -> None:
        if any(drill.poll() is None for drill in self.drills):
            return
        with (self._gateway.folder / "drill.log").open("ab") as log:
            drill = subprocess.Popen(  # our own program
                [sys.executable, "-m", "detente", *DRILL, "--config", str(self._gateway.file)],
                stdout=log,
                stderr=log,
                cwd=self._gateway.folder,
                env={**os.environ, "PYTHONPATH": str(Path(SOURCE))},
            )
        self.drills.append(drill)

    async def _in_thread(self, act: Callable[[], Awaitable[None]]) -> None:
        async def acted() -> None:
            await act()

        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(acted(), self._thread.loop))
