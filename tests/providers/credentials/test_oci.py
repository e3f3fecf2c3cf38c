"""oci finds, renews and fails, against a simulated Oracle Cloud; what it signs is verified."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from detente.providers._rsa import RsaCredentials
from detente.providers.credentials import CHAINS, ChainSettings, Lease, Source
from detente.simulator import IdentitySimulator, SimulatorThread
from detente.simulator.identity.desk import Identities
from detente.simulator.identity.oci import AUDIENCE, FEDERATION
from detente.simulator.identity.rsa import PublicKey, from_jwk, to_jwk
from detente.simulator.identity.tokens import claims_of, issue
from tests.providers.credentials.service import Service, sentence_of

TENANCY = "ocid1.tenancy.oc1..simulated"
USER = "ocid1.user.oc1..simulated"
FINGERPRINT = "11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00"
PROFILE = f"""\
[{{name}}]
user = {USER}
tenancy = {TENANCY}
fingerprint = {FINGERPRINT}
region = us-phoenix-1
key_file = {{key}}
"""


def opened(**settings: str) -> Source:
    return CHAINS["oci"](ChainSettings(**settings), scope=None)


def public(key: rsa.RSAPrivateKey) -> PublicKey:
    numbers = key.public_key().public_numbers()
    return PublicKey(n=numbers.n, e=numbers.e)


def pem_of(key: rsa.RSAPrivateKey, secret: bytes | None = None) -> bytes:
    encryption = (
        serialization.NoEncryption()
        if secret is None
        else serialization.BestAvailableEncryption(secret)
    )
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )


def credentials_of(lease: Lease) -> RsaCredentials:
    assert isinstance(lease.credential, RsaCredentials)
    return lease.credential


@pytest.fixture
def key_file(bare: Path, key: rsa.RSAPrivateKey) -> Path:
    file = bare / "key.pem"
    file.write_bytes(pem_of(key))
    return file


@pytest.fixture
def config(bare: Path, key_file: Path) -> Path:
    """The configuration file where Oracle's tools have it."""
    file = bare / ".oci" / "config"
    file.parent.mkdir()
    file.write_text(PROFILE.format(name="DEFAULT", key=key_file))
    return file


def session_token(key: rsa.RSAPrivateKey, *, left_s: int = 3600, life_s: int = 3600) -> str:
    ends = datetime.now(UTC) + timedelta(seconds=left_s)
    begun = ends - timedelta(seconds=life_s)
    return issue(
        subject="me",
        audience=AUDIENCE,
        issued_at=begun,
        expires_at=ends,
        jwk=to_jwk(public(key)),
    )


@pytest.mark.usefixtures("config")
def test_the_default_profile_signs(key: rsa.RSAPrivateKey) -> None:
    lease = opened().fetch()
    credentials = credentials_of(lease)
    assert lease.expires_at is None
    assert credentials.key_id == f"{TENANCY}/{USER}/{FINGERPRINT}"
    assert public(key).verified(b"data", credentials.sign(b"data"))
    assert not public(key).verified(b"other", credentials.sign(b"data"))


def test_a_file_and_a_profile_may_be_chosen(bare: Path, key_file: Path) -> None:
    file = bare / "elsewhere"
    file.write_text(PROFILE.format(name="PROD", key=key_file))
    assert credentials_of(opened(file=str(file), profile="PROD").fetch()).key_id
    assert "has no such profile" in sentence_of(opened(file=str(file), profile="OTHER"))


def test_a_profile_is_read_again_when_it_changed(config: Path) -> None:
    source = opened()
    source.fetch()
    config.write_text(config.read_text().replace(USER, "ocid1.user.oc1..another"))
    assert "another" in credentials_of(source.fetch()).key_id


def with_token(config: Path, token: str) -> Path:
    file = config.parent / "token"
    file.write_text(f"{token}\n")
    config.write_text(f"{config.read_text()}security_token_file = {file}\n")
    return file


def test_a_session_token_signs_until_it_ends(config: Path, key: rsa.RSAPrivateKey) -> None:
    token = session_token(key)
    with_token(config, token)
    lease = opened().fetch()
    credentials = credentials_of(lease)
    claims = claims_of(token)
    assert claims is not None
    assert claims.jwk is not None
    assert credentials.key_id == f"ST${token}"
    assert lease.expires_at == datetime.fromtimestamp(claims.exp, UTC)
    trusted = from_jwk(claims.jwk)
    assert trusted is not None
    assert trusted.verified(b"data", credentials.sign(b"data"))


def test_a_session_token_is_read_again_after_half_its_life(
    config: Path, key: rsa.RSAPrivateKey
) -> None:
    file = with_token(config, session_token(key, left_s=1000))
    source = opened()
    source.fetch()
    renewed = session_token(key)
    file.write_text(renewed)
    assert credentials_of(source.fetch()).key_id == f"ST${renewed}"


def test_a_session_token_that_ended(config: Path, key: rsa.RSAPrivateKey) -> None:
    with_token(config, session_token(key, left_s=-10))
    assert "run `oci session refresh`" in sentence_of(opened())


def test_a_session_token_that_is_none(config: Path) -> None:
    with_token(config, "hidden")
    assert "hidden" not in sentence_of(opened())


def test_a_resource_principal(
    key_file: Path, key: rsa.RSAPrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = session_token(key)
    (key_file.parent / "rpst").write_text(token)
    monkeypatch.setenv("OCI_RESOURCE_PRINCIPAL_VERSION", "2.2")
    monkeypatch.setenv("OCI_RESOURCE_PRINCIPAL_RPST", str(key_file.parent / "rpst"))
    monkeypatch.setenv("OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM", str(key_file))
    monkeypatch.setenv("OCI_RESOURCE_PRINCIPAL_REGION", "us-phoenix-1")
    assert credentials_of(opened().fetch()).key_id == f"ST${token}"


def certificate_of(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name(
        [x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, f"opc-tenant:{TENANCY}")]
    )
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return x509.CertificateBuilder(
        name, name, key.public_key(), 1, start, start.replace(year=2099)
    ).sign(key, hashes.SHA256())


@pytest.fixture
def instance(key: rsa.RSAPrivateKey, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A machine of Oracle's: its metadata has a certificate, which federation knows."""
    certificate = certificate_of(key)
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    digest = certificate.fingerprint(hashes.SHA1())
    known = Identities(
        oci_leaf_pem=pem,
        oci_intermediate_pem=pem,
        oci_key_pem=pem_of(key).decode(),
        oci_public_key=public(key),
        oci_fingerprint=":".join(f"{byte:02X}" for byte in digest),
    )
    simulator = IdentitySimulator(known)
    with SimulatorThread(simulator) as running:
        monkeypatch.setenv("OCI_METADATA_BASE_URL", f"{running.base_url}/opc/v2")
        # Federation's address follows from the region alone.
        monkeypatch.setattr("oci.regions.endpoint_for", partial(str.format, running.base_url))
        yield Service(simulator, running)


def test_an_instance_is_known_by_its_certificate(instance: Service) -> None:
    source = opened()
    lease = source.fetch()
    credentials = credentials_of(lease)
    claims = claims_of(credentials.key_id.removeprefix("ST$"))
    assert claims is not None
    assert claims.jwk is not None
    trusted = from_jwk(claims.jwk)
    assert trusted is not None
    assert trusted.verified(b"data", credentials.sign(b"data"))
    assert credentials_of(source.fetch()).key_id == credentials.key_id
    assert instance.asked(FEDERATION) == 1
    assert credentials_of(source.fetch(anew=True)).key_id != credentials.key_id


def test_an_instances_token_is_renewed_after_half_its_life(instance: Service) -> None:
    source = opened()
    instance.simulator.clock_ahead_s = -2000
    source.fetch()
    instance.simulator.clock_ahead_s = 0
    source.fetch()
    source.fetch()
    assert instance.asked(FEDERATION) == 2


def test_an_instance_that_may_not(instance: Service) -> None:
    instance.simulator.identities = Identities(
        **{
            name: getattr(instance.simulator.identities, name)
            for name in ("oci_leaf_pem", "oci_intermediate_pem", "oci_key_pem")
        }
    )
    assert sentence_of(opened()) == (
        "Oracle refuses to give this instance a token and answers 401; check its dynamic group and "
        "policies"
    )


def test_a_machine_that_is_not_oracles(instance: Service) -> None:
    instance.thread.refuse_connections()
    assert "run `oci setup config`" in sentence_of(opened())


def test_a_machine_without_certificate(instance: Service) -> None:
    instance.simulator.denied = True
    assert "Oracle" in sentence_of(opened())


def test_the_environment_may_name_the_way(
    config: Path, instance: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert config.is_file()
    monkeypatch.setenv("OCI_CLI_AUTH", "instance_principal")
    assert credentials_of(opened().fetch()).key_id.startswith("ST$")
    assert instance.asked(FEDERATION) == 1
    monkeypatch.setenv("OCI_CLI_AUTH", "browser")
    assert "`OCI_CLI_AUTH` names no way that is known" in sentence_of(opened())


def test_a_pod_needs_its_own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCI_CLI_AUTH", "oke_workload_identity")
    assert "Oracle" in sentence_of(opened())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("fingerprint", "finger"), "is not whole"),
        (("key.pem", "no.pem"), "check `key_file`"),
        (("[DEFAULT]", "[OTHER"), "begins with its name in brackets"),
    ],
)
def test_a_profile_with_faults(config: Path, change: tuple[str, str], said: str) -> None:
    config.write_text(config.read_text().replace(*change))
    assert said in sentence_of(opened())


def test_keys_that_cannot_be_read(config: Path, key_file: Path, key: rsa.RSAPrivateKey) -> None:
    assert config.is_file()
    key_file.write_text("-----BEGIN PRIVATE KEY-----\nhidden\n-----END PRIVATE KEY-----\n")
    said = sentence_of(opened())
    assert "hidden" not in said
    assert "key" in said
    key_file.write_bytes(pem_of(key, b"phrase"))
    assert "give `pass_phrase` there" in sentence_of(opened())


def test_a_file_that_is_not_there() -> None:
    assert "run `oci setup config`" in sentence_of(opened(file="/nowhere/config"))


def test_nothing_of_a_secret_is_logged_or_shown(
    instance: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    source = opened()
    lease = source.fetch()
    token = credentials_of(lease).key_id.removeprefix("ST$")
    for text in (caplog.text, repr(lease), repr(lease.credential), repr(source)):
        assert token not in text
        assert "PRIVATE KEY" not in text
    assert instance.asked(FEDERATION) == 1
