"""The run's own authority is accepted for localhost and its address, and by nobody else."""

import socket
import ssl
import threading
from pathlib import Path

import pytest

from bench import certificates


def handshake(files: certificates.Files, trust: ssl.SSLContext, name: str) -> str | None:
    """The protocol that both agree on; raises what the client meets."""
    ours, theirs = socket.socketpair()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(files.chain, files.private_key)

    def serve() -> None:
        try:
            serving.wrap_socket(theirs, server_side=True).close()
        except OSError:
            theirs.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    ours.settimeout(10)
    try:
        with trust.wrap_socket(ours, server_hostname=name) as secure:
            return secure.version()
    finally:
        ours.close()
        thread.join(10)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_who_trusts_the_authority_accepts_the_certificate(tmp_path: Path, name: str) -> None:
    files = certificates.make(tmp_path)
    trust = ssl.create_default_context(cafile=str(files.authority))
    assert handshake(files, trust, name) in ("TLSv1.2", "TLSv1.3")


def test_nobody_else_does(tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(certificates.make(tmp_path), ssl.create_default_context(), "localhost")
