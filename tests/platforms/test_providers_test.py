"""`detente providers test` before every kind of platform and every fault prints the right cause.

Each fault is the platform's own: what a simulator checks, or a body that the platform is known to
send, scripted. Nothing of a credential is ever shown (`probing.findings` holds that).
"""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from bench import certificates
from detente import providers
from detente.cli import providers as command
from detente.configuration.schema import ProviderKindName
from detente.gateway.upstream.dial import client_tls
from detente.providers import compatible_rows
from detente.simulator import (
    Close,
    EndlessHeaders,
    Garbage,
    Hold,
    NotJson,
    Simulator,
    SimulatorThread,
    Status,
)
from detente.simulator.behaviours import Behaviour
from tests.cli.command import ended
from tests.platforms import probing
from tests.platforms.probing import (
    ACCESS,
    KEY,
    KINDS,
    OWN_KINDS,
    SETTINGS,
    SIGNING,
    WRONG,
    Platforms,
    running_platforms,
)

NO_PATH: Final[dict[ProviderKindName, tuple[str, str]]] = {
    "oci": ("credentials", "`api_key`"),  # whose keys hold for its own paths alone
}
KEY_SETTINGS: Final[dict[ProviderKindName, str]] = {
    "bedrock": "`api_key`, access key or `credentials`",
    "oci": "`api_key` or `credentials`",
    "vertex": "`credentials` or `api_key`",
}

ANSWERS: Final[dict[str, tuple[Behaviour, str, str]]] = {
    "refused": (Status(status=429), "capacity", "has no capacity for this request; try again"),
    "refused for a while": (
        Status(status=429, headers={"retry-after": "7"}),
        "capacity",
        "(it asks to wait 7 s)",
    ),
    "broken": (Status(status=500), "platform", "failed with status 500; try again"),
    "unavailable": (Status(status=503), "capacity", "has no capacity"),
    "overloaded": (Status(status=529), "capacity", "has no capacity"),
    "late": (Status(status=504), "timeout", "gave up with status 504"),
    "unpaid": (Status(status=402), "funds", "has no funds left"),
    "a page": (NotJson(), "address", "answered with what is not `"),
    "not HTTP": (Garbage(), "platform", "its answer is not valid HTTP"),
    "endless": (EndlessHeaders(), "platform", "larger than `response_head_bytes_max`"),
    "closed": (Close(), "platform", "closed the connection without an answer; try again"),
    "reset": (Close(reset=True), "platform", "closed the connection without an answer"),
}
"""What any platform may answer; the kind of finding, and words of what is said."""


@pytest.fixture(name="platforms", scope="module")
def _platforms() -> Iterator[Platforms]:
    with running_platforms() as platforms:
        yield platforms


@pytest.fixture(autouse=True, scope="module")
def _trust() -> Iterator[None]:
    """Certificates are read once; what they are worth is tested with an authority of the run's."""
    trust = client_tls()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "client_tls", lambda: trust)
        yield


def failed(found: list[Any], kind: str, words: str) -> None:
    """The last finding, and no other, is that failure."""
    assert [one["ok"] for one in found[:-1]] == [True] * (len(found) - 1)
    assert (found[-1]["ok"], found[-1].get("kind")) == (False, kind), found[-1]
    assert words in found[-1]["said"]


def test_every_kind_is_here() -> None:
    assert {*OWN_KINDS, *compatible_rows()} == {kind.name for kind in providers.kinds()}
    assert set(KINDS) <= {kind.name for kind in providers.kinds()}


@pytest.mark.parametrize("kind", KINDS)
def test_all_is_well(platforms: Platforms, tmp_path: Path, kind: ProviderKindName) -> None:
    found = platforms.findings(tmp_path, kind)
    assert [(one["about"], one["ok"]) for one in found] == [
        ("address", True),
        ("credentials", True),
        ("deployment", True),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_key(platforms: Platforms, tmp_path: Path, kind: ProviderKindName) -> None:
    words = f"rejected the gateway's credentials; check its {KEY_SETTINGS.get(kind, '`api_key`')}"
    failed(platforms.findings(tmp_path, kind, key=WRONG), "credentials", words)


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_that_is_not_there(
    platforms: Platforms, tmp_path: Path, kind: ProviderKindName
) -> None:
    found = platforms.findings(tmp_path, kind, model="nobodys-model")
    failed(found, "model_unknown", "does not serve the deployment's model here; check its `id`")


@pytest.mark.parametrize("kind", KINDS)
def test_a_path_that_is_not_there(
    platforms: Platforms, tmp_path: Path, kind: ProviderKindName
) -> None:
    url = f"{platforms.simulators[kind].base_url}/elsewhere"
    failed(
        probing.findings(tmp_path, kind, url), *NO_PATH.get(kind, ("address", "check `base_url`"))
    )


@pytest.mark.parametrize("kind", KINDS)
def test_what_any_platform_may_answer(
    platforms: Platforms, tmp_path: Path, kind: ProviderKindName
) -> None:
    simulator = platforms.simulators[kind]
    for behaviour, expected, words in ANSWERS.values():
        simulator.reset()
        simulator.script(behaviour)
        failed(platforms.findings(tmp_path, kind), expected, words)
        assert len(simulator.requests) == 1  # nothing is tried again


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_that_never_comes(
    platforms: Platforms, tmp_path: Path, kind: ProviderKindName
) -> None:
    platforms.simulators[kind].script(Hold())
    found = platforms.findings(tmp_path, kind, timeout_s=0.1)
    failed(found, "timeout", "no answer within 100 ms")


@pytest.mark.parametrize("kind", KINDS)
def test_a_redirect_is_not_followed(
    platforms: Platforms, tmp_path: Path, kind: ProviderKindName
) -> None:
    other = platforms.simulators["ollama" if kind != "ollama" else "openai"]
    other.reset()
    target = {"location": f"{other.base_url}/v1/chat/completions"}
    for status in (301, 307, 308):
        platforms.simulators[kind].script(Status(status=status, headers=target))
        failed(platforms.findings(tmp_path, kind), "redirect", "check `base_url`")
    assert other.requests == ()


@pytest.mark.parametrize("kind", SIGNING)
def test_what_a_signature_is_refused_for(
    platforms: Platforms, tmp_path: Path, kind: ProviderKindName
) -> None:
    settings = SETTINGS[kind] + ACCESS
    (tmp_path / "secret.key").write_text(KEY)
    assert platforms.findings(tmp_path, kind, key=None, settings=settings)[-1]["ok"]
    for hours in (1, -1):
        platforms.clocks[kind].ahead = timedelta(hours=hours)
        found = platforms.findings(tmp_path, kind, key=None, settings=settings)
        failed(found, "clock", "set the clock of the gateway's machine")
    platforms.clocks[kind].ahead = timedelta()
    (tmp_path / "secret.key").write_text(WRONG)
    found = platforms.findings(tmp_path, kind, key=None, settings=settings)
    failed(found, "credentials", "check its `api_key`, access key or `credentials`")


@pytest.mark.parametrize("kind", ["bedrock", "bedrock_mantle"])
def test_a_signature_for_another_region(
    platforms: Platforms, tmp_path: Path, kind: ProviderKindName
) -> None:
    (tmp_path / "secret.key").write_text(KEY)
    settings = f'region = "eu-west-1"\n{ACCESS}'
    found = platforms.findings(tmp_path, kind, key=None, settings=settings)
    failed(found, "region", "check `region`")


def test_where_vertex_has_no_such_model(platforms: Platforms, tmp_path: Path) -> None:
    elsewhere = 'region = "europe-west1"\nproject = "project"'
    found = platforms.findings(tmp_path, "vertex", settings=elsewhere)
    failed(found, "model_unknown", "has access to it in this region")
    others = 'region = "us-east-1"\nproject = "another"'
    found = platforms.findings(tmp_path, "vertex", settings=others)
    failed(found, "permission", "its rights")


def test_nobody_listens(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    for kind in KINDS:
        found = probing.findings(tmp_path, kind, f"http://127.0.0.1:{port}")
        failed(found, "address", "check `base_url`")
        assert [one["about"] for one in found] == ["address"]


def resolves_to(patch: pytest.MonkeyPatch, address: str | None) -> None:
    async def getaddrinfo(loop: object, host: str, port: int, **how: Any) -> list[Any]:
        del loop, host, how
        if address is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    patch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize("kind", KINDS)
def test_where_a_name_leads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: ProviderKindName
) -> None:
    resolves_to(monkeypatch, None)
    url = "http://api.example.com:9"
    failed(probing.findings(tmp_path, kind, url), "address", "its name leads nowhere")
    own = {one.name: one.own_network for one in providers.kinds()}[kind]
    resolves_to(monkeypatch, "127.0.0.9" if own else "10.0.0.9")
    words = "refused" if own else "no public address; set `private_network = true`"
    failed(probing.findings(tmp_path, kind, url), "address", words)


def test_certificates_and_schemes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = certificates.make(tmp_path / "tls")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(made.chain, made.private_key)
    with (
        SimulatorThread(Simulator("openai", models=["m"], tls=server)) as here,
        SimulatorThread(Simulator("openai", models=["m"], tls=server, host="127.0.0.2")) as other,
        SimulatorThread(Simulator("openai", models=["m"])) as plain,
    ):
        table = [
            (here.base_url, "address", "its certificate does not verify"),
            (plain.base_url.replace("http:", "https:"), "address", "TLS failed"),
            (here.base_url.replace("https:", "http:"), "platform", "write `https://` into"),
        ]
        for kind in KINDS:
            for url, expected, words in table:
                failed(probing.findings(tmp_path, kind, url), expected, words)
        monkeypatch.setattr(
            command, "client_tls", lambda: ssl.create_default_context(cafile=made.authority)
        )
        found = probing.findings(tmp_path, "openai", here.base_url)
        assert found[0]["ok"]
        assert "certificate until" in found[0]["said"]
        found = probing.findings(tmp_path, "openai", other.base_url)
        failed(found, "address", "its certificate does not verify (IP address mismatch")


def test_people_read_the_cause_and_the_cure(
    platforms: Platforms, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind in KINDS:
        path = probing.configured(tmp_path, kind, platforms.simulators[kind].base_url, key=WRONG)
        assert ended(["providers", "test", "there", "--config", path]) == 1
        shown = capsys.readouterr().out
        assert "✗ deployment there/" in shown
        assert "credentials: check the provider's" in shown
        assert WRONG not in shown
