"""A loopback server that answers with recordings of any of the five platforms.

Which one is told by the model that is asked for, in the path or in the body: `…rec-7`. A recorded
stream is sent in pieces that a seed chooses.

>>> with replaying({"rec-7": recording}, seed=1) as origin:
...     origin
'http://127.0.0.1:40123'
"""

import asyncio
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager

import h11

from tests.loop_thread import loop_thread
from tests.pairs.recordings import Recording
from tests.recorded.replay import UNKNOWN_STATUS, Replay, start

NAMED = re.compile(rb"rec-\d+")
AWS_EVENTS = "application/vnd.amazon.eventstream"


class ChosenReplay(Replay):
    """See the module."""

    def __init__(self, chosen: Mapping[str, Recording], seed: int) -> None:
        super().__init__(seed)
        self._chosen = chosen

    async def _answer(
        self,
        connection: h11.Connection,
        writer: asyncio.StreamWriter,
        request: h11.Request,
        body: bytes,
    ) -> None:
        found = NAMED.search(request.target) or NAMED.search(body)
        recording = None if found is None else self._chosen.get(found[0].decode())
        if recording is None:
            answer = b'{"error":{"message":"no recording of this name"}}'
            headers = [("content-type", "application/json"), ("content-length", str(len(answer)))]
            await self._send(connection, writer, UNKNOWN_STATUS, headers, [answer])
        elif recording.stream:
            headers = [("content-type", stream_type(recording)), ("transfer-encoding", "chunked")]
            await self._send(connection, writer, 200, headers, self._pieces(recording.body))
        else:
            length = str(len(recording.body))
            headers = [("content-type", "application/json"), ("content-length", length)]
            await self._send(connection, writer, 200, headers, [recording.body])


def stream_type(recording: Recording) -> str:
    """The content type of its stream."""
    of_amazon = recording.invoked or recording.dialect == "bedrock_converse"
    return AWS_EVENTS if of_amazon else "text/event-stream"


@contextmanager
def replaying(chosen: Mapping[str, Recording], seed: int) -> Generator[str]:
    """A running server; gives its origin."""
    replay = ChosenReplay(chosen, seed)
    with loop_thread() as thread:
        server = thread.run(start(replay))
        try:
            yield replay.origin
        finally:
            thread.loop.call_soon_threadsafe(server.close)
