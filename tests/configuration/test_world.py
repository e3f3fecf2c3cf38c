"""What crosses tables is checked, and the tables become values."""

import pytest

from detente.configuration.located import LocatedErrors, convert, parse_toml
from detente.configuration.schema import Configuration
from detente.configuration.world import (
    KindDefaults,
    base_url_of,
    check_configuration,
    deployments_of,
    is_loopback,
    models_of,
    split_listen,
)

KINDS = {
    "openai": KindDefaults(base_url="https://openai.example/v1", host="openai"),
    "azure": KindDefaults(base_url=None, host="microsoft"),
    "anthropic": KindDefaults(base_url="https://anthropic.example", host="anthropic"),
    "openai_compatible": KindDefaults(base_url=None, host=None),
}
KEY = f'hash = "sha256:{"0" * 64}"\nproject = "p"\n'


def configuration_of(text: str) -> Configuration:
    tree, positions = parse_toml(text.encode(), "f")
    configuration = convert(tree, positions, "f", Configuration)
    check_configuration(configuration, positions, "f", KINDS)
    return configuration


def test_a_whole_configuration_becomes_models_and_deployments() -> None:
    configuration = configuration_of("""
[providers.openai]
kind = "openai"
processing_zone = "us"
attestations = [{ name = "soc2", expires = 2030-01-01 }]
[providers.azure]
kind = "azure"
base_url = "https://x.example"
region = "eastus2"
[models."openai/gpt-4"]
released = 2023-03-14
aliases = ["gpt-4"]
deployments = [
  { provider = "openai", id = "gpt-4", attestations = [], processing_zone = "eu" },
  { provider = "azure", id = "prod", capacity = { requests_per_minute = 2 } },
  { provider = "openai", id = "gpt-4-2" },
]
""")
    (model,) = models_of(configuration)
    assert (model.name, model.publisher, model.aliases) == ("openai/gpt-4", "openai", ("gpt-4",))
    direct, azure, second = deployments_of(configuration, KINDS)
    assert (direct.id, direct.host, direct.processing_zone) == ("openai/gpt-4", "openai", "eu")
    assert direct.attestations == ()
    assert [a.name for a in second.attestations] == ["soc2"]
    assert second.processing_zone == "us"
    assert (azure.id, azure.host, azure.region) == ("azure/prod", "microsoft", "eastus2")
    assert azure.capacity is not None
    assert azure.capacity.requests_per_minute == 2
    assert base_url_of(configuration.providers["openai"], KINDS) == "https://openai.example/v1"


PROVIDER = '[providers.a]\nkind = "openai"\n'
MODEL = PROVIDER + '[models."p/m"]\n'


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[server]\nlisten = "nowhere"', 2, "`nowhere` is no `host:port`"),
        ('[server]\nlisten = "127.0.0.1:65536"', 2, "is no `host:port`"),
        ('[server]\nlisten = "0.0.0.0:80"', 2, "no key is configured"),
        (f'[server]\nadmin_listen = "0.0.0.0:80"\n[keys.a]\n{KEY}', 2, "through a tunnel"),
        ('[providers.a]\nkind = "azure"', 1, "needs a `base_url`"),
        (
            '[providers.a]\nkind = "openai_compatible"\nbase_url = "http://x"',
            1,
            "needs a `host`",
        ),
        (PROVIDER + 'base_url = "ftp://x"', 3, "is not an address"),
        (PROVIDER + 'base_url = "http://x:99999"', 3, "is not an address"),
        (PROVIDER + 'base_url = "https://u:hunter2@x/v1"', 3, "put it into `api_key`"),
        (PROVIDER + 'base_url = "https://x/v1?key=hunter2"', 3, "carries a query"),
        (PROVIDER + 'base_url = "https://x/ä"', 3, "percent-encode them"),
        (PROVIDER + "api_key = {}", 3, "exactly one of both"),
        (PROVIDER + 'guardrail = { id = "g" }', 3, "no guardrails of its own"),
        (PROVIDER + 'api_key = { env = "A", file = "b" }', 3, "exactly one of both"),
        (PROVIDER + "[simulator.b]", 3, "unknown provider `b`"),
        ("[models.m]\ndeployments = []", 1, "write `publisher/model`"),
        (MODEL + 'deployments = [\n{ provider = "b", id = "x" }]', 5, "unknown provider `b`"),
        (MODEL + 'deployments = [{ provider = "a", id = "\\r\\n" }]', 4, "printable ASCII"),
        (
            MODEL + 'deployments = [{provider="a", id="x"},\n{provider="a", id="x"}]',
            5,
            "`a/x` stands twice",
        ),
        (
            MODEL + 'deployments = []\n[models."p/n"]\naliases = ["p/m"]\ndeployments = []',
            6,
            "already means `p/m`",
        ),
        (f"[keys.a]\n{KEY}[keys.b]\n{KEY}", 5, "have one hash"),
        ('[[prices]]\nmodel = "m"\nsource = "s"\ninput = nan', 4, "at least zero"),
        ('[[prices]]\nmodel = "m"\nsource = "s"\noutput = -1', 4, "at least zero"),
        ('[[prices]]\nmodel = "m"\nsource = "s"\ncache_read = inf', 4, "at least zero"),
        (
            '[[prices]]\nmodel = "m"\nsource = "s"\nfrom = 2024-01-02\nuntil = 2024-01-02',
            5,
            "behind `from`",
        ),
        ("[rehearsal]\nenabled = true\n" + PROVIDER, 3, "is not on loopback"),
        (
            '[rehearsal]\nenabled = true\n[server]\nlisten = "0.0.0.0:80"\n[keys.a]\n' + KEY,
            4,
            "is not a loopback address",
        ),
    ],
)
def test_what_no_single_table_shows(text: str, line: int, words: str) -> None:
    with pytest.raises(LocatedErrors) as found:
        configuration_of(text)
    (error,) = found.value.errors
    assert words in error.message
    assert error.line == line
    assert "hunter2" not in error.message


def test_rehearsal_on_loopback_is_allowed() -> None:
    text = "[rehearsal]\nenabled = true\n" + PROVIDER + 'base_url = "http://[::1]:8/v1"'
    assert configuration_of(text).rehearsal.enabled


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        *[("localhost", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True)],
        *[("example.com", False), ("10.0.0.1", False), ("0.0.0.0", False), ("", False)],
    ],
)
def test_loopback_is_what_can_only_mean_this_machine(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_listen_addresses_split() -> None:
    assert split_listen("127.0.0.1:0") == ("127.0.0.1", 0)
    assert split_listen("[::1]:80") == ("::1", 80)


def test_a_region_is_part_of_an_address() -> None:
    kinds = {
        **KINDS,
        "bedrock": KindDefaults(
            base_url="https://x.{region}.example", host="amazon", access_keys=True
        ),
    }
    text = '[providers.aws]\nkind = "bedrock"\napi_key = { env = "X" }\n'

    def url_of(more: str) -> str | None:
        tree, positions = parse_toml((text + more).encode(), "f")
        configuration = convert(tree, positions, "f", Configuration)
        check_configuration(configuration, positions, "f", kinds)
        return base_url_of(configuration.providers["aws"], kinds)

    assert url_of('region = "eu-west-1"') == "https://x.eu-west-1.example"
    assert url_of('base_url = "http://127.0.0.1:9"') == "http://127.0.0.1:9"
    with pytest.raises(LocatedErrors, match="of kind `bedrock` needs a `region`"):
        url_of("")
    text = text.replace("api_key", "# api_key")
    with pytest.raises(LocatedErrors, match="has no credentials"):
        url_of('region = "eu-west-1"')


def test_a_token_may_need_more_than_a_key() -> None:
    vertex = KindDefaults(base_url="https://x.example", host="g", token_needs=("project",))
    kinds = {"vertex": vertex}

    def check(more: str) -> None:
        tree, positions = parse_toml(f'[providers.v]\nkind = "vertex"\n{more}'.encode(), "f")
        check_configuration(convert(tree, positions, "f", Configuration), positions, "f", kinds)

    check('project = "p"')
    check('api_key = { env = "K" }')
    with pytest.raises(LocatedErrors, match="of kind `vertex` needs a `project`"):
        check("")


def test_what_is_missing_is_said_once() -> None:
    vertex = KindDefaults(base_url="https://{region}.example", host="g", needs=("region",))
    tree, positions = parse_toml(b'[providers.v]\nkind = "vertex"\napi_key = { env = "K" }', "f")
    configuration = convert(tree, positions, "f", Configuration)
    with pytest.raises(LocatedErrors, match="needs a `region`") as caught:
        check_configuration(configuration, positions, "f", {"vertex": vertex})
    assert str(caught.value).count("needs a `region`") == 1


def test_the_master_key_is_a_reference() -> None:
    with pytest.raises(LocatedErrors, match="exactly one of both"):
        configuration_of("[server]\nmaster_key = {}\n")
