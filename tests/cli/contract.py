"""A configuration with a contract that waits for an event and an answer, for tests of both.

Its gateway listens on free ports; `at_address` has commands find it there.
"""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.gateway_process import GatewayProcess

CONFIGURATION = """
[server]
listen = "127.0.0.1:0"
admin_listen = "127.0.0.1:0"
workers = 1

[agreements]
path = "agreements"

[providers.azure]
kind = "openai_compatible"
base_url = "http://127.0.0.1:9/v1"
host = "microsoft"

[providers.oci]
kind = "openai_compatible"
base_url = "http://127.0.0.1:9/v1"
host = "oracle"

[models."lab/exclusive"]
deployments = [{ provider = "oci", id = "x" }]

[models."lab/offered"]
deployments = [{ provider = "oci", id = "y", offer = "abilene" }]
"""

AGREEMENT = """
id = "deal"
parties = ["openai", "microsoft"]
from = 2025-01-01
recorded_at = 2025-01-01

[[clause]]
id = "api"
type = "exclusive"
holder = "host:microsoft"
scope = { model = "lab/exclusive" }
ends_on = "agi"

[[clause]]
id = "agi"
type = "threshold"
event = "agi"
party = "host:microsoft"
scope = { model = "lab/other" }
declared_by = "openai"
verified_by = "panel"

[[clause]]
id = "compute"
type = "first_refusal"
subject = "capacity"
holder = "host:microsoft"
scope = { model = "lab/offered" }
respond_within = "30d"
default = "refused"

[[clause]]
id = "endless"
type = "first_refusal"
subject = "capacity"
holder = "host:microsoft"
scope = { model = "lab/other" }
"""


def written(folder: Path) -> Path:
    """The configuration's file, in a folder of its own."""
    (folder / "agreements").mkdir(parents=True)
    (folder / "agreements" / "deal.toml").write_text(AGREEMENT)
    file = folder / "detente.toml"
    file.write_text(CONFIGURATION)
    return file


def at_address(gateway: GatewayProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has commands ask the address that the gateway was given, for the port 0 that it names."""
    address = urlsplit(gateway.admin_url)

    def given(_: str) -> tuple[str | None, int | None]:
        return address.hostname, address.port

    monkeypatch.setattr("detente.cli.running.split_listen", given)
