"""The stream reader against the streaming upstream, in one process, without a gateway."""

import asyncio

import pytest

from bench import load_stream, workload
from bench.upstream_stream import Stream, content_length

BOUND_S = 20


@pytest.mark.parametrize("mode", ["paced", "burst"])
def test_whole_streams_are_counted_with_all_their_events(mode: str) -> None:
    async def scenario() -> load_stream.Result:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Stream(mode, 0.0), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            return await asyncio.wait_for(load_stream.read(port, 3, 0.1), BOUND_S)

    result = asyncio.run(scenario())
    assert result.failed == 0
    assert result.streams >= 3
    assert result.events == result.streams * workload.EVENTS_PER_STREAM


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 429 Too Many\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\na: b\n\r\n0\r\n\r\n",
    ],
)
def test_refused_and_short_streams_are_failures(answer: bytes) -> None:
    class Short(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            assert data.startswith(b"POST ")
            self.transport.write(answer)

    async def scenario() -> load_stream.Result:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Short, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            return await asyncio.wait_for(load_stream.read(port, 2, 0.05), BOUND_S)

    result = asyncio.run(scenario())
    assert (result.streams, result.failed) == (0, 2)


def test_the_length_of_a_request_is_read_whatever_its_case() -> None:
    assert content_length(b"POST / HTTP/1.1\r\nCONTENT-LENGTH: 12\r\nX: y") == 12
    assert content_length(b"GET / HTTP/1.1") == 0
