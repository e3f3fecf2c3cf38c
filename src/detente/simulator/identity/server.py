"""One loopback server for all simulated identity services, with their faults and their count.

It is a `Simulator`: what can be scripted of a provider can be of it. Lifetimes and refusals are
changed while it runs.

    with SimulatorThread(IdentitySimulator(lifetime_s=60)) as running:
        google_auth_asks(f"{running.base_url}/token")
"""

import ssl
from datetime import UTC, datetime

from detente.simulator.exchange import (
    Platform,
    Received,
    Refused,
    Reply,
    Setting,
    error_reply,
)
from detente.simulator.identity import aws, azure, google, oci
from detente.simulator.identity.desk import LIFETIME_S, Desk, Identities
from detente.simulator.server import Simulator

KIND = "identity"
"""Its name where a simulator says what it is; no provider can be of this kind."""
SERVICES = (google.answer, azure.answer, aws.answer, oci.answer)


class IdentitySimulator(Simulator):
    """Issues to `identities` what holds for `lifetime_s`; with `denied`, to nobody.

    `lifetime_s`, `denied` and `clock_ahead_s`, how far this clock is ahead of the machine's, may be
    set at any time.
    """

    def __init__(
        self,
        identities: Identities | None = None,
        *,
        lifetime_s: int = LIFETIME_S,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.identities = identities or Identities()
        self.lifetime_s = lifetime_s
        self.denied = False
        self.clock_ahead_s = 0
        platform = Platform(
            kind=KIND, base_path="", answer=self._answer, refusal=_refusal, failure=_failure
        )
        super().__init__(KIND, models=(), host=host, port=port, tls=tls, platform=platform)

    def _answer(self, request: Received, setting: Setting) -> Reply:
        seconds = setting.at.timestamp() + self.clock_ahead_s
        desk = Desk(
            identities=self.identities,
            now=datetime.fromtimestamp(seconds, UTC),
            lifetime_s=self.lifetime_s,
            base_url=self.base_url,
            denied=self.denied,
        )
        for service in SERVICES:
            found = service(request, desk)
            if found is not None:
                return found
        return error_reply(404, {"error": "not_found"})


def _refusal(refused: Refused, setting: Setting) -> Reply:  # noqa: ARG001 - as a platform has it
    return error_reply(429, {"error": "temporarily_unavailable"})


def _failure(status: int, setting: Setting) -> Reply:  # noqa: ARG001 - as a platform has it
    return error_reply(status, {"error": "temporarily_unavailable"})
