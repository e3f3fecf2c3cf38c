"""One gateway before an engine of its own, a platform in Europe and one in the United States.

Four projects: what `closed` asks may be seen by the own engine and by nobody else; what `open` asks
may go to Europe with stand-ins, what `alike` asks with look-alikes; nobody minds what `plain` asks.

>>> configuration(own=own.base_url, eu=eu.base_url, us=us.base_url)
"""

from pathlib import Path
from typing import Final

from tests.gateway_configuration import KeyRow, ModelRow, ProviderRow, gateway_toml
from tests.guarded_failures.planting import NAMES_MAX, name_of
from tests.postgres import free_port

PROJECTS: Final = ("closed", "open", "alike", "plain")
FIRST_BYTE_TIMEOUT_MS: Final = 400
POLICIES: Final = """
[agreements]
path = "agreements"
default = "permit"

[guardrails.detectors.clients]
kind = "dictionary"
path = "clients.txt"
category = "person"

[guardrails.policies.nowhere-else]
projects = ["closed"]

[[guardrails.policies.nowhere-else.data]]
deployments = { hosts = ["own"] }
input = "flag"

[[guardrails.policies.nowhere-else.data]]
input = "block"

[guardrails.policies.stand-ins]
projects = ["open"]

[[guardrails.policies.stand-ins.data]]
deployments = { hosts = ["own"] }
input = "flag"

[[guardrails.policies.stand-ins.data]]
deployments = { zones = ["eu"], retention_at_most = "none" }
input = "pseudonymise"

[[guardrails.policies.stand-ins.data]]
input = "block"

[guardrails.policies.likenesses]
projects = ["alike"]

[[guardrails.policies.likenesses.data]]
deployments = { hosts = ["own"] }
input = "flag"

[[guardrails.policies.likenesses.data]]
deployments = { zones = ["eu"], retention_at_most = "none" }
input = "pseudonymise"
look_alike = true

[[guardrails.policies.likenesses.data]]
input = "block"

[projects.closed]
[projects.open]
[projects.alike]
[projects.plain]
"""
PREFERENCE: Final = """
id = "own-first"
title = "The own engine is asked first"
parties = ["us"]
from = 2020-01-01
recorded_at = 2020-01-01
source = "a test"

[[clause]]
id = "own-first"
type = "prefer"
order = ["provider:own", "provider:eu", "provider:us"]
"""
MORE: Final = """
[guardrails.detectors.deeds]
kind = "pattern"
pattern = '\\bDEED-[0-9]{8}\\b'
category = "deed"
look_back = 14
"""
"""What a reload adds, so that all detectors are made anew."""


def key_of(project: str) -> str:
    """The key of a project."""
    return f"dt-guarded-{project}-0001"


def configuration(*, own: str, eu: str, us: str, more: str = "") -> str:
    """The whole file."""
    text = gateway_toml(
        providers=[
            ProviderRow(
                name="own",
                kind="openai_compatible",
                base_url=own + "/v1",
                api_key=None,
                settings='host = "own"\ndialects = ["openai_chat"]',
            ),
            ProviderRow(
                name="eu",
                kind="anthropic",
                base_url=eu,
                settings='processing_zone = "eu"\nretention = "none"',
            ),
            ProviderRow(
                name="us",
                kind="openai_compatible",
                base_url=us + "/v1",
                api_key=None,
                settings='host = "elsewhere"\ndialects = ["openai_chat"]\nprocessing_zone = "us"',
            ),
        ],
        models=[
            ModelRow(
                name="tests/m",
                aliases=("m",),
                deployments=(("own", "m-own"), ("eu", "m-eu"), ("us", "m-us")),
            )
        ],
        keys=[KeyRow(name=one, key=key_of(one), project=one) for one in PROJECTS],
        limits={"first_byte_timeout_ms": FIRST_BYTE_TIMEOUT_MS, "idle_timeout_ms": 2_000},
        workers=2,
        more=POLICIES + more,
    )
    return text.replace('admin_listen = "127.0.0.1:0"', f'admin_listen = "127.0.0.1:{free_port()}"')


def files_in(folder: Path) -> dict[str, str]:
    """What the configuration refers to; the folder of agreements is made."""
    (folder / "agreements").mkdir(parents=True)
    (folder / "agreements" / "own.toml").write_text(PREFERENCE, encoding="utf-8")
    names = "\n".join(name_of(number) for number in range(NAMES_MAX))
    return {"clients.txt": names, "eu.key": "sk-a-key-of-europe"}
