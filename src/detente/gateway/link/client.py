"""A worker's end of the link: connects to the control process, and again whenever that breaks.

While nobody listens, the worker goes on with what it holds and knows. Not here: what is said
(`messages`), and what becomes of it (`purse`, `worker`).

>>> link = WorkerLink("w0", worker, state)
>>> running = asyncio.create_task(link.run())
"""

import asyncio
import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from detente.accounts.messages import Answer, Ask, Kept
from detente.gateway.link.messages import (
    LINK_PAUSE_S,
    Counted,
    HeldAsked,
    HeldTold,
    Hello,
    IssuerAsked,
    IssuerTold,
    KeysTold,
    KeysUnknown,
    Link,
    LinkMessage,
    address_of,
)

if TYPE_CHECKING:
    from detente.gateway.processes.worker import Worker

COUNT_EVERY_S: Final = 1.0
"""How often figures are told."""
CLOSE_S: Final = 1.0
"""What the last words may take at the end."""


class WorkerLink:
    """See the module; `name` is the worker's, `state` the folder with the socket."""

    def __init__(self, name: str, worker: "Worker", state: Path) -> None:
        self._name = name
        self._worker = worker
        self._state = state
        self._link: Link | None = None
        self._lost = asyncio.Event()
        worker.say_up = self.send

    def send(self, message: LinkMessage) -> bool:
        """Say something; False where nobody listens."""
        return self._link is not None and self._link.send(message)

    async def run(self) -> None:
        """Connect, and again after every loss, until cancelled."""
        while True:
            if not await self._connect():
                await asyncio.sleep(LINK_PAUSE_S)
                continue
            while not self._lost.is_set():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(COUNT_EVERY_S):
                        await self._lost.wait()
                self._tell_figures()
            await asyncio.sleep(LINK_PAUSE_S)

    async def close(self) -> None:
        """Say the last words: what is given back, and what was counted."""
        self._worker.purse.close()
        self._tell_figures()
        if self._link is not None:
            self._link.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await self._lost.wait()

    async def _connect(self) -> bool:
        worker = self._worker
        path, folder = address_of(self._state)
        self._lost = lost = asyncio.Event()
        link = Link(self._heard, lambda _: self._ended(lost))
        try:
            await asyncio.get_running_loop().create_unix_connection(
                lambda: cast("asyncio.Protocol", link), path
            )
        except OSError:
            return False  # the control process begins, or begins again
        finally:
            if folder is not None:
                os.close(folder)
        self._link = link
        holder, known = worker.journal.owner, worker.stored.version
        link.send(Hello(worker=self._name, holder=holder, keys_version=known))
        worker.purse.connected()
        return True

    def _ended(self, lost: asyncio.Event) -> None:
        lost.set()
        self._link = None

    def _heard(self, link: Link, message: LinkMessage) -> None:
        del link
        worker = self._worker
        match message:
            case Answer() | Kept():
                worker.purse.heard(message)
            case KeysTold() | KeysUnknown():
                worker.keys_told(message)
            case IssuerTold():
                worker.issuer_told(message)
            case HeldAsked():
                self._held_asked(message)
            case Hello() | Ask() | IssuerAsked() | Counted() | HeldTold():
                pass  # what workers say themselves

    def _held_asked(self, asked: HeldAsked) -> None:
        """Tell what waits for an operator, or carry the operator's word out."""
        line, number = self._worker.held_requests, asked.number
        if asked.id is None:
            self.send(HeldTold(number=number, held=line.notices))
        elif asked.word is not None:
            notice = line.say(asked.id, asked.word, asked.by)
            self.send(HeldTold(number=number, held=() if notice is None else (notice,)))
        else:
            found = line.look(asked.id)
            if found is None:
                self.send(HeldTold(number=number))
            else:
                self.send(HeldTold(number=number, held=(found[0],), content=found[1]))

    def _tell_figures(self) -> None:
        figures = self._worker.purse.figures
        self.send(
            Counted(
                worker=self._name,
                asks=figures.asks,
                reserved=figures.reserved,
                waited=figures.waited,
                refused=dict(figures.refused),
                excess_requests=figures.excess_requests,
                excess_pico_usd=figures.excess_pico_usd,
                excess_tokens=figures.excess_tokens,
                held=len(self._worker.held_requests),
            )
        )
