"""What a configuration means at run time: endpoints, secrets, TLS, pools, the state folder."""

import datetime
import hashlib
import ssl
from pathlib import Path
from typing import cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.gateway.scripts import CONFIGURATION, OK, OTHER_KEY, chat
from tests.gateway.stage import Stage, staged

from detente.canonical.snapshot import NOTHING_MEASURED, Snapshot
from detente.configuration.located import LocatedErrors
from detente.gateway.plane import state_folder, tls_context
from detente.gateway.routing import Plan
from detente.wiring import Setup, Sources, build

SECRET = "sk-canary-of-the-plane"
PROVIDER = """
[providers.p]
kind = "openai"
base_url = "https://[2001:db8::1]:8443/base/v1/"
organization = "org-1"
first_byte_timeout_ms = 7
api_key = { file = "p.key" }

[models."a/b"]
deployments = [{ provider = "p", id = "b-1" }]
"""


def setup_of(folder: Path, text: str) -> Setup:
    return build(Sources(path=str(folder / "detente.toml"), main=text.encode(), agreements=()))


def told(errors: LocatedErrors) -> str:
    (error,) = errors.errors
    assert SECRET not in str(error)
    return str(error)


@pytest.fixture(scope="module")
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="module")
def certificate(key: ec.EllipticCurvePrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "gateway")])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start.replace(year=2099))
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _pem(key: ec.EllipticCurvePrivateKey, password: bytes | None) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption(),
    )


TLS = '[server]\ntls = { certificate = "c.pem", private_key = "k.pem" }\n'


def test_no_tls_is_none(tmp_path: Path) -> None:
    assert tls_context(setup_of(tmp_path, "")) is None


def test_tls_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(LocatedErrors) as errors:
        tls_context(setup_of(tmp_path, TLS))
    assert "`server.tls`: no such file" in told(errors.value)
    (tmp_path / "c.pem").write_text("nothing")
    (tmp_path / "k.pem").write_text("nothing")
    with pytest.raises(LocatedErrors):
        tls_context(setup_of(tmp_path, TLS))


def test_an_encrypted_key_is_an_error_and_no_question(
    tmp_path: Path, key: ec.EllipticCurvePrivateKey, certificate: bytes
) -> None:
    (tmp_path / "c.pem").write_bytes(certificate)
    (tmp_path / "k.pem").write_bytes(_pem(key, b"password"))
    with pytest.raises(LocatedErrors):
        tls_context(setup_of(tmp_path, TLS))


def test_tls_speaks_nothing_old(
    tmp_path: Path, key: ec.EllipticCurvePrivateKey, certificate: bytes
) -> None:
    (tmp_path / "c.pem").write_bytes(certificate)
    (tmp_path / "k.pem").write_bytes(_pem(key, None))
    context = tls_context(setup_of(tmp_path, TLS))
    assert context is not None
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_the_state_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    setup = setup_of(tmp_path, '[server]\nstate = "deep/state"\n')
    folder = state_folder(setup)
    assert folder == tmp_path / "deep" / "state"
    assert folder.stat().st_mode & 0o077 == 0
    assert state_folder(setup) == folder


def test_a_state_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(LocatedErrors) as errors:
        state_folder(setup_of(tmp_path, ""))
    assert "`server.state`: file exists" in told(errors.value)


def test_a_new_plane_keeps_connections_and_forgets_keys(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("m", key=OTHER_KEY))
    stage.upstream.answers(OK)
    text = CONFIGURATION.replace(
        'project = "elsewhere"', 'project = "elsewhere"\nexpires = 2020-01-01'
    )
    stage.worker.reload(build(stage.sources(text)))
    client.sends(chat("m", key=OTHER_KEY) + chat("m"))
    assert client.answers[1].code == "key_invalid"
    stage.upstream.answers(OK)
    assert client.answers[2].status == 200
    assert len(stage.upstreams) == 1


def test_a_request_ends_under_the_plane_that_it_began_with(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("m"))
    stage.worker.reload(build(stage.sources("[keys]\n")))
    stage.upstream.answers(OK)
    client.sends(chat("m"))
    assert [answer.status for answer in client.answers] == [200, 404]


def test_an_endpoints_head(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HTTPS_PROXY", raising=False)
    monkeypatch.delenv("https_proxy", raising=False)
    (tmp_path / "p.key").write_text(SECRET)
    with staged(tmp_path, monkeypatch, PROVIDER) as stage:
        client = stage.client()
        client.sends(chat("a/b"))
        address = stage.upstream.address
        assert (address.host, address.port, address.tls) == ("2001:db8::1", 8443, True)
        assert stage.upstream.received.startswith(
            b"POST /base/v1/chat/completions HTTP/1.1\r\nhost: [2001:db8::1]:8443\r\n"
            b"authorization: Bearer " + SECRET.encode() + b"\r\n"
            b"openai-organization: org-1\r\naccept-encoding: identity\r\n"
        )
        stage.wait(0.1)
        assert "7 ms (`first_byte_timeout_ms`)" in client.answer().body.decode()
        assert SECRET.encode() not in client.received


def test_what_is_measured_orders_what_comes_and_nothing_that_is_under_way(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("m"))
    slow = {"first/m-first": 4096, "second/m-second": 256}
    stage.worker.observe(Snapshot(latency_ms=slow))
    stage.upstream.answers(OK)
    client.sends(chat("m"))
    stage.upstream.answers(OK)
    stage.worker.reload(stage.worker.plane.setup)  # a new plane has heard of it
    client.sends(chat("m"))
    stage.upstream.answers(OK)
    stage.worker.observe(NOTHING_MEASURED)
    client.sends(chat("m"))
    stage.upstreams[0].answers(OK)  # on the connection that it kept
    assert [answer.headers["x-detente-deployment"] for answer in client.answers] == [
        *("first/m-first", "second/m-second", "second/m-second", "first/m-first"),
    ]


def test_what_orders_alike_costs_no_decision(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    client = stage.client()
    client.sends(chat("m"))
    stage.upstream.answers(OK)

    def never(*_: object) -> None:
        raise AssertionError("decided again")

    monkeypatch.setattr("detente.agreements.CompiledAgreements.decide", never)
    stage.worker.observe(Snapshot(taken_at=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)))
    client.sends(chat("m"))
    stage.upstream.answers(OK)
    assert [answer.status for answer in client.answers] == [200, 200]


def test_every_caller_hears_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digests = [hashlib.sha256(b"k%d" % n).hexdigest() for n in range(2)]
    keys = [
        f'[keys.n{n}]\nproject = "p"\nhash = "sha256:{digest}"\n'
        for n, digest in enumerate(digests)
    ]
    with staged(tmp_path, monkeypatch, CONFIGURATION + "\n" + "".join(keys)) as stage:
        plane = stage.worker.plane
        for key in (b"k0", b"k1"):
            plane.keys.authenticate(b"/", {b"x-api-key": key}, 0, None)
        assert {caller.name for caller in plane.keys.callers()} == {"n0", "n1"}
        for caller in plane.keys.callers():
            caller.plans.update({("m", "openai_chat"): cast("Plan", None)})
        plane.observe(Snapshot(behind=("a/c",)))
        assert [caller.plans for caller in plane.keys.callers()] == [{}, {}]
