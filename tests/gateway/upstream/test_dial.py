"""Connections: addresses and proxies, certificates that must match, refusals that say why."""

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from detente.gateway.upstream.dial import Address, DialError, address_of, client_tls, dial

TIMEOUT_MS = 2_000
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Recorder(asyncio.Protocol):
    """Keeps what comes."""

    def __init__(self) -> None:
        self.received = b""
        self.made = 0
        self.arrived = asyncio.Event()
        self.transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.made += 1
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        self.arrived.set()


@pytest.mark.parametrize(
    ("url", "environment", "expected"),
    [
        ("http://h/v1", {}, Address(host="h", port=80, tls=False)),
        ("https://h:8443/v1", {}, Address(host="h", port=8443, tls=True)),
        ("http://[::1]:9/x", {}, Address(host="::1", port=9, tls=False)),
        (
            "https://h",
            {"HTTPS_PROXY": "p:3128"},
            Address(host="h", port=443, tls=True, proxy="http://p:3128"),
        ),
        (
            "https://h",
            {"https_proxy": "http://p", "NO_PROXY": "x,h"},
            Address(host="h", port=443, tls=True),
        ),
        (
            "https://a.h",
            {"https_proxy": "http://p", "no_proxy": ".h"},
            Address(host="a.h", port=443, tls=True),
        ),
        (
            "https://10.1.2.3",
            {"https_proxy": "http://p", "no_proxy": "10.0.0.0/8"},
            Address(host="10.1.2.3", port=443, tls=True),
        ),
        (
            "https://h",
            {"https_proxy": "http://p", "no_proxy": "*"},
            Address(host="h", port=443, tls=True),
        ),
        (
            "https://bh",
            {"https_proxy": "http://p", "no_proxy": "h, ,"},
            Address(host="bh", port=443, tls=True, proxy="http://p"),
        ),
        ("http://h", {"https_proxy": "http://p"}, Address(host="h", port=80, tls=False)),
    ],
)
def test_address_of(url: str, environment: dict[str, str], expected: Address) -> None:
    assert address_of(url, environment) == expected


def authority(folder: Path, name: str) -> tuple[Path, Path]:
    """A self-signed certificate for `name` and 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    names: list[x509.GeneralName] = [x509.DNSName(name)]
    if name == "localhost":
        names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, private = folder / f"{name}.pem", folder / f"{name}.key"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return pem, private


def serving(pem: Path, private: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, private)
    return context


async def hello(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"hello")
    await writer.drain()
    writer.close()


async def received(address: Address, tls: ssl.SSLContext) -> Recorder:
    protocol = await dial(address, Recorder, tls, TIMEOUT_MS)
    assert isinstance(protocol, Recorder)
    async with asyncio.timeout(5):
        await protocol.arrived.wait()
    assert protocol.transport is not None
    protocol.transport.close()
    return protocol


def run(
    serve: Serve, use: Callable[[int], Awaitable[None]], tls: ssl.SSLContext | None = None
) -> None:
    async def both() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
        try:
            await use(server.sockets[0].getsockname()[1])
        finally:
            server.close()

    asyncio.run(both())


def test_plain() -> None:
    async def use(port: int) -> None:
        got = await received(Address(host="127.0.0.1", port=port, tls=False), client_tls())
        assert got.received == b"hello"

    run(hello, use)


def test_tls_with_a_trusted_name(tmp_path: Path) -> None:
    pem, private = authority(tmp_path, "localhost")
    trusting = client_tls()
    trusting.load_verify_locations(pem)

    async def use(port: int) -> None:
        got = await received(Address(host="localhost", port=port, tls=True), trusting)
        assert got.received == b"hello"

    run(hello, use, serving(pem, private))


@pytest.mark.parametrize(("name", "trusted"), [("other.example", True), ("localhost", False)])
def test_tls_with_a_wrong_name_or_unknown_authority(
    tmp_path: Path, name: str, trusted: bool
) -> None:
    pem, private = authority(tmp_path, name)
    context = client_tls()
    if trusted:
        context.load_verify_locations(pem)

    async def use(port: int) -> None:
        with pytest.raises(DialError, match=r"certificate does not verify.*check `base_url`"):
            await dial(
                Address(host="localhost", port=port, tls=True), Recorder, context, TIMEOUT_MS
            )

    run(hello, use, serving(pem, private))


def test_tls_towards_a_plain_server() -> None:
    async def use(port: int) -> None:
        with pytest.raises(DialError, match="check `base_url`"):
            await dial(
                Address(host="127.0.0.1", port=port, tls=True), Recorder, client_tls(), TIMEOUT_MS
            )

    run(hello, use)


def test_nobody_listens() -> None:
    async def use(_: int) -> None:
        with pytest.raises(DialError, match="check `base_url`"):
            await dial(
                Address(host="127.0.0.1", port=1, tls=False), Recorder, client_tls(), TIMEOUT_MS
            )

    run(hello, use)


def test_a_server_that_says_nothing_is_given_up(tmp_path: Path) -> None:
    pem, private = authority(tmp_path, "localhost")
    del pem, private

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def use(port: int) -> None:
        with pytest.raises(DialError, match="no connection within 100 ms"):
            await dial(Address(host="127.0.0.1", port=port, tls=True), Recorder, client_tls(), 100)

    run(silent, use)


def proxying(target_port: int, seen: list[bytes], answer: bytes) -> Serve:
    """A proxy that answers CONNECT with `answer` and then carries bytes to `target_port`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        await writer.drain()
        if not answer.startswith(b"HTTP/1.1 200"):
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target_port)

        async def carry(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
            while data := await source.read(65536):
                to.write(data)
                await to.drain()
            to.close()

        await asyncio.gather(carry(reader, far_writer), carry(far_reader, writer))

    return serve


def test_through_a_proxy_with_a_password(tmp_path: Path) -> None:
    pem, private = authority(tmp_path, "localhost")
    trusting = client_tls()
    trusting.load_verify_locations(pem)
    seen: list[bytes] = []

    async def both(port: int) -> None:
        answer = b"HTTP/1.1 200 Connection established\r\n\r\n"
        proxy = await asyncio.start_server(proxying(port, seen, answer), "127.0.0.1", 0)
        proxy_port = proxy.sockets[0].getsockname()[1]
        got = await received(
            Address(
                host="localhost",
                port=port,
                tls=True,
                proxy=f"http://user:pa%20ss@127.0.0.1:{proxy_port}",
            ),
            trusting,
        )
        assert got.received == b"hello"
        assert got.made == 1
        assert seen[0].startswith(b"CONNECT localhost:%d HTTP/1.1\r\n" % port)
        assert b"Proxy-Authorization: Basic dXNlcjpwYSBzcw==\r\n" in seen[0]
        proxy.close()

    run(hello, both, serving(pem, private))


def test_a_proxy_that_says_nothing_is_let_go() -> None:
    async def use(_: int) -> None:
        gone = asyncio.Event()

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            gone.set()
            writer.close()

        proxy = await asyncio.start_server(silent, "127.0.0.1", 0)
        port = proxy.sockets[0].getsockname()[1]
        address = Address(host="h", port=443, tls=True, proxy=f"http://127.0.0.1:{port}")
        with pytest.raises(DialError, match="no connection within 100 ms"):
            await dial(address, Recorder, client_tls(), 100)
        async with asyncio.timeout(5):
            await gone.wait()
        proxy.close()

    run(hello, use)


@pytest.mark.parametrize(
    "address",
    [
        Address(host="a" * 70 + ".example", port=80, tls=False),
        Address(host="h", port=443, tls=True, proxy="http://127.0.0.1:port"),
    ],
)
def test_an_address_that_cannot_be(address: Address) -> None:
    async def use(_: int) -> None:
        with pytest.raises(DialError, match="check `base_url`"):
            await dial(address, Recorder, client_tls(), TIMEOUT_MS)

    run(hello, use)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"HTTP/1.1 407 Who?\r\n\r\n", "the proxy answered 407"),
        (b"", "the proxy closed the connection"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 9000, "answer is too large"),
    ],
)
def test_a_proxy_that_refuses(answer: bytes, says: str) -> None:
    async def use(port: int) -> None:
        with pytest.raises(DialError, match=says):
            await dial(
                Address(host="h.example", port=443, tls=True, proxy=f"http://127.0.0.1:{port}"),
                Recorder,
                client_tls(),
                TIMEOUT_MS,
            )

    run(proxying(1, [], answer), use)
