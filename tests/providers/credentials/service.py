"""A running identity simulator as the tests of the chains use it."""

from datetime import UTC, datetime

import pytest

from detente.providers import Credentials
from detente.providers.credentials import CredentialError, Lease, Source
from detente.simulator import IdentitySimulator, SimulatorThread
from detente.simulator.identity import problem_of
from detente.simulator.identity.tokens import AWS_AUDIENCE, claims_of


class Service:
    """The simulator, and the thread that it runs in."""

    def __init__(self, simulator: IdentitySimulator, thread: SimulatorThread) -> None:
        self.simulator = simulator
        self.thread = thread

    @property
    def base_url(self) -> str:
        """Where it is."""
        return self.thread.base_url

    def asked(self, path: str) -> int:
        """How often somebody asked at `path`."""
        return sum(request.path == path for request in self.thread.requests)


def token_of(lease: Lease, audience: str) -> str:
    """The bearer token of a lease, which must hold now and end when the lease says so."""
    token = lease.credential
    assert isinstance(token, str)
    assert problem_of(token, (audience,), datetime.now(UTC)) is None
    assert lease.expires_at is not None
    claims = claims_of(token)
    assert claims is not None
    # Google and Entra tell how long a token lasts, and the libraries add that to their own clock.
    assert abs(lease.expires_at.timestamp() - claims.exp) <= 2
    return token


def keys_of(lease: Lease) -> Credentials:
    """The AWS keys of a lease, which must hold now."""
    keys = lease.credential
    assert isinstance(keys, Credentials)
    assert problem_of(keys.session_token, (AWS_AUDIENCE,), datetime.now(UTC)) is None
    assert lease.expires_at is not None
    return keys


def sentence_of(source: Source) -> str:
    """What a source says that cannot give credentials: one sentence, lower-case or a name."""
    with pytest.raises(CredentialError) as caught:
        source.fetch()
    said = str(caught.value)
    assert "\n" not in said
    assert not said.endswith(".")
    assert ";" in said
    return said
