"""The examples' configurations: loopback only, each port once, documented keys."""

import hashlib
from urllib.parse import urlsplit

import pytest

from detente import wiring
from detente.configuration.world import base_url_of, split_listen
from detente.wiring import kind_defaults
from tests.examples.bundles import EXAMPLES, QUESTIONS, bundle

NAMES = ("visitor", "enrolled", "shop", "office", "claims", "health", "desk")
KEYS = {name: f"dt-demo-{name}" for name in NAMES}


def ports(name: str) -> list[int]:
    configuration = bundle(name).setup.configuration
    urls = [urlsplit(p.base_url or "") for p in configuration.providers.values()]
    assert {url.hostname for url in urls} == {"127.0.0.1"}
    server = configuration.server
    found = [split_listen(server.listen)[1], split_listen(server.admin_listen)[1]]
    return found + [url.port for url in urls if url.port is not None]


def test_every_port_is_used_once_and_in_one_range() -> None:
    used = [port for name in QUESTIONS for port in ports(name)]
    assert len(used) == len(set(used))
    assert all(18100 <= port < 18200 for port in used)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_documented_key_opens_it(name: str) -> None:
    setup = bundle(name).setup
    for key, entry in setup.configuration.keys.items():
        assert entry.hash == "sha256:" + hashlib.sha256(KEYS[key].encode()).hexdigest()
        assert KEYS[key] in setup.path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["public-record", "european-company"])
def test_prices_name_their_source_and_a_known_place(name: str) -> None:
    setup = bundle(name).setup
    known = {(d.model, d.provider) for d in setup.world.deployments}
    for price in setup.configuration.prices:
        assert price.source
        assert (price.model, price.provider) in known


def test_every_client_has_its_platform_on_loopback() -> None:
    setup = wiring.load(EXAMPLES / "every-client")
    every = setup.configuration.providers
    providers = {name: one for name, one in every.items() if one.base_url is not None}
    assert set(every) - set(providers) == {"own", "cohere"}  # by its comments no simulations
    asked = {deployment.provider for deployment in setup.world.deployments}
    assert asked == {*providers, "own"}
    addresses = [base_url_of(every[name], kind_defaults()) or "" for name in asked]
    assert {urlsplit(address).hostname for address in addresses} == {"127.0.0.1"}
    urls = [urlsplit(provider.base_url or "") for provider in providers.values()]
    used = {port for name in QUESTIONS for port in ports(name)}
    own = {url.port for url in urls} | {18160, 18169}
    assert len(own) == len(urls) + 2
    assert own.isdisjoint(used)
    assert setup.configuration.keys["shop"].hash.endswith(
        hashlib.sha256(KEYS["shop"].encode()).hexdigest()
    )
    assert {provider.kind for provider in providers.values()} == {
        "openai",
        "anthropic",
        "gemini",
        "bedrock",
    }
