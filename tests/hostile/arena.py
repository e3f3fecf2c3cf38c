"""The arena: one gateway with short timeouts between hostile clients and hostile providers.

Tests share it, so each tells its own requests by a marker, and its ledger entries by their
ids.

>>> with running_arena(folder) as arena:
...     arena.port
"""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tests.gateway_configuration import (
    KeyRow,
    ModelRow,
    ProviderRow,
    credential_files,
    gateway_toml,
)
from tests.gateway_process import GatewayProcess, running_gateway
from tests.hostile.bad_upstream import BadUpstream, bad_upstream
from tests.hostile.malformed import CLIENT_KEY
from tests.hostile.misbehaviour import MISDEEDS, UNASKED
from tests.hostile.strict_upstream import StrictUpstream, strict_upstream

LIMITS = {
    "request_body_bytes_max": 1024 * 1024,
    "response_body_bytes_max": 4 * 1024 * 1024,
    "stream_event_bytes_max": 1024 * 1024,
    "client_head_timeout_ms": 1_000,
    "client_body_timeout_ms": 1_000,
    "client_idle_timeout_ms": 1_000,
    "first_byte_timeout_ms": 2_000,
    "idle_timeout_ms": 2_000,
    "total_timeout_ms": 6_000,
}
"""Short enough that a test sees every timeout, long enough for a busy machine."""

HOST = 'host = "tests"'
"""Who owns the machines: a fact that this kind of provider cannot know by itself."""


class Arena(msgspec.Struct, frozen=True, kw_only=True):
    """The gateway and the two providers behind it: `m` is served strictly, the misdeeds badly."""

    gateway: GatewayProcess
    strict: StrictUpstream
    bad: BadUpstream

    @property
    def port(self) -> int:
        """Where the gateway listens."""
        return self.gateway.port


@contextmanager
def running_arena(folder: Path) -> Generator[Arena]:
    """The running arena; at its end the gateway must still be the process that was started."""
    with strict_upstream() as strict, bad_upstream() as bad:
        providers = [
            ProviderRow(
                name="strict", kind="openai_compatible", base_url=strict.base_url, settings=HOST
            ),
            ProviderRow(name="bad", kind="openai_compatible", base_url=bad.base_url, settings=HOST),
        ]
        models = [
            ModelRow(name="tests/m", aliases=("m",), deployments=(("strict", "m"),)),
            *(
                ModelRow(name=f"bad/{name}", aliases=(name,), deployments=(("bad", name),))
                for name in (*MISDEEDS, *UNASKED)
            ),
        ]
        text = gateway_toml(
            providers=providers,
            models=models,
            keys=[KeyRow(name="arena", key=CLIENT_KEY)],
            limits=LIMITS,
        )
        with running_gateway(folder, text, credential_files(providers)) as gateway:
            processes = gateway.processes()
            yield Arena(gateway=gateway, strict=strict, bad=bad)
            assert gateway.processes() == processes, gateway.errors()
