"""One small document, whole, in bounds and from nowhere else; or a sentence that says why."""

import asyncio

import pytest
import uvloop

from detente.gateway.upstream.dial import client_tls
from detente.gateway.upstream.fetch import BODY_BYTES_MAX, HEAD_BYTES_MAX, FetchError, fetch

OK = b"HTTP/1.1 200 OK\r\n"
WAIT_S = 10


class Server:
    """Answers every connection with these bytes, and then closes it or holds it open."""

    def __init__(self, answer: bytes, *, holds: bool = False, repeats: int = 1) -> None:
        self._answer = answer
        self._repeats = repeats
        self._holds = holds
        self.heard = b""
        self.ended = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard = await reader.readuntil(b"\r\n\r\n")
        try:
            for _ in range(self._repeats):
                writer.write(self._answer)
                await writer.drain()
            if self._holds:
                await reader.read()
        except ConnectionError:
            pass
        finally:
            writer.close()
            self.ended.set()


def got(
    answer: bytes,
    *,
    holds: bool = False,
    repeats: int = 1,
    timeout_s: float = WAIT_S,
    path: str = "/keys?a=b",
) -> tuple[bytes, bytes]:
    """What was fetched, and what was sent for it."""

    async def run() -> tuple[bytes, bytes]:
        stage = Server(answer, holds=holds, repeats=repeats)
        server = await asyncio.start_server(stage.serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}{path}"
        try:
            body = await fetch(url, private=True, tls=client_tls(), timeout_s=timeout_s)
            return body, stage.heard
        finally:
            async with asyncio.timeout(WAIT_S):
                await stage.ended.wait()  # the connection is closed, however it went
            server.close()

    return uvloop.run(run())


def failed(answer: bytes, *, holds: bool = False, repeats: int = 1, timeout_s: float = 5.0) -> str:
    with pytest.raises(FetchError) as error:
        got(answer, holds=holds, repeats=repeats, timeout_s=timeout_s)
    assert "127.0.0.1" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"content-length: 2\r\n\r\n{}",
        OK + b"transfer-encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
        OK + b"connection: close\r\n\r\n{}",
        OK + b"content-length: 2\r\n\r\n{}more",
    ],
)
def test_a_whole_answer_is_the_document(answer: bytes) -> None:
    body, sent = got(answer)
    assert body == b"{}"
    assert sent.startswith(b"GET /keys?a=b HTTP/1.1\r\nhost: 127.0.0.1:")


def test_a_connection_that_is_kept_open_is_not_waited_for() -> None:
    assert got(OK + b"content-length: 2\r\n\r\n{}", holds=True)[0] == b"{}"


def test_an_address_without_a_path_asks_for_the_root() -> None:
    assert got(OK + b"content-length: 0\r\n\r\n", path="")[1].startswith(b"GET / HTTP/1.1\r\n")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    answer = b"HTTP/1.1 %d Moved\r\nlocation: http://169.254.169.254/\r\n" % status
    assert "redirects" in failed(answer + b"content-length: 0\r\n\r\n")


@pytest.mark.parametrize("status", [204, 400, 401, 404, 500, 503])
def test_everything_but_200_is_a_failure(status: int) -> None:
    said = failed(b"HTTP/1.1 %d X\r\ncontent-length: 0\r\n\r\n" % status)
    assert said == f"it answered {status}; check the address"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        OK,
        OK + b"content-length: 5\r\n\r\n{}",
        OK + b"transfer-encoding: chunked\r\n\r\n5\r\n{}",
        OK + b"\r\n",
    ],
)
def test_a_broken_answer_is_a_failure(answer: bytes) -> None:
    assert "in the middle of its answer" in failed(answer)


@pytest.mark.parametrize("answer", [b"SSH-2.0-x\r\n", b"\x16\x03\x01\x00", b"HTTP/9 2\r\n\r\n"])
def test_what_is_no_http_is_a_failure(answer: bytes) -> None:
    assert "no HTTP" in failed(answer)


@pytest.mark.parametrize("answer", [b"", OK, OK + b"content-length: 9\r\n\r\n{"])
def test_a_silent_server_is_not_waited_for(answer: bytes) -> None:
    assert "within 0.2 s" in failed(answer, holds=True, timeout_s=0.2)


def test_an_answer_is_bounded_however_it_is_framed() -> None:
    piece = b"x" * 65_536
    largest = OK + b"content-length: %d\r\n\r\n" % BODY_BYTES_MAX
    assert len(got(largest + b"x" * BODY_BYTES_MAX)[0]) == BODY_BYTES_MAX
    larger = OK + b"content-length: %d\r\n\r\n" % (BODY_BYTES_MAX + 1)
    assert "more than" in failed(larger + b"x" * (BODY_BYTES_MAX + 1))
    endless = OK + b"x-header: " + piece
    assert len(piece) > HEAD_BYTES_MAX
    assert "answer" in failed(endless, repeats=20)
    chunks = OK + b"transfer-encoding: chunked\r\n\r\n"
    assert "more than" in failed(chunks + b"10000\r\n%b\r\n" % piece * 6)


def test_who_cannot_be_reached_is_said_without_a_name() -> None:
    async def closed_port() -> int:
        server = await asyncio.start_server(Server(b"").serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        return port

    url = f"http://127.0.0.1:{uvloop.run(closed_port())}/"
    with pytest.raises(FetchError, match="refused; check its address"):
        uvloop.run(fetch(url, private=True, tls=client_tls()))


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "[::ffff:10.0.0.1]"])
def test_private_networks_are_not_asked_unless_that_is_meant(host: str) -> None:
    with pytest.raises(FetchError, match="`private_network = true` for it"):
        uvloop.run(fetch(f"https://{host}/", private=False, tls=client_tls()))


def test_https_is_spoken_where_it_is_written() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(plain, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            await fetch(f"https://127.0.0.1:{port}/", private=True, tls=client_tls())
        finally:
            server.close()

    with pytest.raises(FetchError, match="TLS failed"):
        uvloop.run(run())
