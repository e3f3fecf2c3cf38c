"""A client that sends any bytes, and keeps what comes back until the connection ends.

Parses the answers with h11, an independent parser. It never half-closes: whoever wants an
end waits for the gateway's own timeouts, which the configuration under test makes short.

>>> exchange = await send(port, [b"GET / HTTP/1.1\\r\\n\\r\\n"])
>>> exchange.statuses
[400]
"""

import asyncio
from collections.abc import Sequence

import h11
import msgspec

END_TIMEOUT_S = 20.0
"""Far above the timeouts of the gateway under test: reaching it means that it hangs."""
READ_BYTES = 256 * 1024


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One whole answer."""

    status: int
    headers: dict[str, str]
    body: bytes
    complete: bool


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one connection gave; `ended` is false where the wait ran out."""

    answers: list[Answer]
    received: bytes
    ended: bool
    parsed: bool

    @property
    def statuses(self) -> list[int]:
        """The answers' statuses, in order."""
        return [answer.status for answer in self.answers]


async def send(
    port: int,
    pieces: Sequence[bytes],
    *,
    until_answers: int | None = None,
    requests: int = 8,
    timeout_s: float = END_TIMEOUT_S,
) -> Exchange:
    """Sends the pieces one after the other and reads until the end.

    Ends early after `until_answers` complete answers. `requests` bounds how many answers are
    looked for.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = bytearray()
    ended = True
    try:
        async with asyncio.timeout(timeout_s):
            sending = asyncio.create_task(_write(writer, pieces))
            while piece := await _read(reader):
                received += piece
                if until_answers is not None and _complete(received) >= until_answers:
                    break
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
    except TimeoutError:
        ended = False
    finally:
        writer.close()
    answers, parsed = parse_answers(bytes(received), requests)
    return Exchange(answers=answers, received=bytes(received), ended=ended, parsed=parsed)


async def _write(writer: asyncio.StreamWriter, pieces: Sequence[bytes]) -> None:
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        pass


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(READ_BYTES)
    except ConnectionError:
        return b""


def _complete(received: bytearray) -> int:
    answers, _ = parse_answers(bytes(received), 64)
    return sum(answer.complete for answer in answers)


def parse_answers(received: bytes, requests: int) -> tuple[list[Answer], bool]:
    """The answers in `received`, and whether h11 could parse all of it."""
    answers: list[Answer] = []
    if not received:
        return answers, True
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=16 * 1024 * 1024)
    connection.receive_data(received)
    try:
        for _ in range(requests):
            connection.send(h11.Request(method="POST", target="/", headers=[("host", "x")]))
            connection.send(h11.EndOfMessage())
            answer = _one(connection)
            if answer is None:
                break
            answers.append(answer)
            if connection.their_state is not h11.DONE:
                break
            connection.start_next_cycle()
    except h11.RemoteProtocolError:
        return answers, False
    return answers, True


def _one(connection: h11.Connection) -> Answer | None:
    head: h11.Response | None = None
    body = bytearray()
    complete = False
    while not complete:
        event = connection.next_event()
        if isinstance(event, h11.Response):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            complete = True
        elif not isinstance(event, h11.InformationalResponse):
            break
    if head is None:
        return None
    return Answer(
        status=head.status_code,
        headers={k.decode(): v.decode("latin-1") for k, v in head.headers},
        body=bytes(body),
        complete=complete,
    )
