"""Thousands of failing requests with canaries in them: no secret is found in any log, error,
answer, journal, database, dump or command line, in whatever form it might have been written."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import product
from pathlib import Path
from random import Random
from typing import Final

import msgspec
import pytest

from detente.gateway.callers.access_keys import access_key_id, secret_access_key
from detente.gateway.callers.pepper import PEPPER_NAME
from detente.principals.hashing import hash_text, key_text, pepper_from
from tests.allowances.canaries import command_lines, core_of, files_below, forms, found_in
from tests.allowances.canary_requests import Asked, Credentials, TellTale, tell_tale
from tests.gateway_configuration import KeyRow, ModelRow, ProviderRow, gateway_toml
from tests.gateway_process import SOURCE, GatewayProcess, eventually, running_gateway
from tests.postgres import Server, free_port
from tests.token_issuer import AUDIENCE, TokenIssuer, forged, running_issuer
from tests.valkey import KeyServer

CLIENTS: Final = 16
PER_ADMIN: Final = 8
"""Every so many-th request goes to the admin API."""
WHOLE: Final = 10_000
TIMEOUT_S: Final = 30.0
SEED: Final = 20261122
PASSWORDS: Final = {
    "the database's password": "pg-Canary\"'+/=% é7f3a91",
    "the limits' password": "vk-Canary7f3a91b2c3d4",
}
"""One with everything in it that is escaped somewhere; Valkey's is given on a command line."""
PROVIDER_KEY: Final = "sk-upstream-Canary+/=7f3a91b2c3"
MASTER_KEY: Final = "master-Canary-7f3a91b2c3d4e5f60718293a4b5c6d7e8f"
WHERE_THEY_BELONG: Final = (
    "provider.key",
    "master.key",
    "database.key",
    "limits.key",
    PEPPER_NAME,
)


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """All keys of one test."""

    good: str
    poor: str
    expired: str
    unknown: str
    admin: str
    bad_admin: str
    old_admin: str


def keys_of(chance: Random) -> Keys:
    """Fresh ones."""
    return Keys(**{name: key_text(chance.randbytes(32)) for name in Keys.__struct_fields__})


def configuration(upstream: TellTale, issuer: TokenIssuer, keys: Keys, store: str) -> str:
    """A gateway with everything that has secrets."""
    hashed = {name: hash_text(getattr(keys, name)) for name in Keys.__struct_fields__}
    more = f"""
{store}
[[prices]]
model = "tests/*"
side = "cost"
input = 1
output = 2
source = "a test"

[projects.tests]

[keys.poor]
hash = "{hashed["poor"]}"
project = "tests"
budgets = [{{ usd = 0, period = "ever" }}]

[keys.expired]
hash = "{hashed["expired"]}"
project = "tests"
expires = 2020-01-01T00:00:00Z

[administrators.ops]
hash = "{hashed["admin"]}"
role = "owner"

[administrators.former]
hash = "{hashed["old_admin"]}"
role = "owner"
expires = 2020-01-01T00:00:00Z

[identity.idp]
issuer = "{issuer.url}"
audience = "{AUDIENCE}"
private_network = true
project = "tests"
"""
    text = gateway_toml(
        providers=[
            ProviderRow(
                name="provider",
                kind="openai_compatible",
                base_url=upstream.base_url,
                settings='host = "provider"',
            )
        ],
        models=[ModelRow(name="tests/m", aliases=("m",), deployments=(("provider", "m"),))],
        keys=[KeyRow(name="good", key=keys.good)],
        limits={"client_head_timeout_ms": 2_000, "client_body_timeout_ms": 2_000},
        workers=2,
        sync_interval_ms=None,
        more=more,
    )
    text = text.replace('admin_listen = "127.0.0.1:0"', f'admin_listen = "127.0.0.1:{free_port()}"')
    return text.replace("[server]\n", '[server]\nmaster_key = { file = "master.key" }\n')


FILES: Final = {
    "provider.key": PROVIDER_KEY,
    "master.key": MASTER_KEY,
    "database.key": PASSWORDS["the database's password"],
    "limits.key": PASSWORDS["the limits' password"],
}


@contextmanager
def shared_stores() -> Generator[tuple[str, Server, KeyServer]]:
    """Lines of `[store]`, and servers that ask for passwords."""
    password, other = (PASSWORDS[name] for name in PASSWORDS)
    options = ("--requirepass", other, "--save", "1 1")
    with Server.started() as server, KeyServer.started("valkey", *options) as limits:
        database = server.database().rpartition("/")[2]
        quoted = password.replace("'", "''")
        server.ask(f"CREATE ROLE gateway LOGIN PASSWORD '{quoted}'")
        server.ask(f"ALTER DATABASE {database} OWNER TO gateway")
        rules = server.folder / "data" / "pg_hba.conf"
        rules.write_text("host all gateway 127.0.0.1/32 scram-sha-256\n" + rules.read_text())
        server.ask("SELECT pg_reload_conf()")
        url = f"postgresql://gateway@127.0.0.1:{server.port}/{database}"
        store = (
            f'[store]\nurl = "{url}"\npassword = {{ file = "database.key" }}\nmachine = "gw-1"\n'
            f'limits_url = "{limits.url}"\nlimits_password = {{ file = "limits.key" }}\n'
            "timeout_ms = 5_000\n"
        )
        yield store, server, limits


class Canaries:
    """One gateway that is asked, and what it has answered."""

    def __init__(self, gateway: GatewayProcess, issuer: TokenIssuer, keys: Keys) -> None:
        self.answers = bytearray()
        self.said = bytearray()
        self.statuses: dict[bytes, int] = {}
        self.secrets: dict[str, bytes] = {
            **{f"the key `{n}`": core_of(getattr(keys, n)) for n in Keys.__struct_fields__},
            **{name: text.encode() for name, text in PASSWORDS.items()},
            "the provider's key": PROVIDER_KEY.encode(),
            "the master key": MASTER_KEY.encode(),
            "the pepper": pepper_from(MASTER_KEY),
        }
        self._gateway = gateway
        self._issuer = issuer
        self._keys = keys

    def commands(self, *, whole: bool) -> Credentials:
        """Keys made, rotated and revoked from the command line, and commands that fail; what
        requests are then made of."""
        keys = self._keys
        made = self._made("create", "revoked", "--project", "tests")
        self._run(keys.admin, "keys", "revoke", "revoked", "--yes")
        live = self._made("create", "rotated", "--project", "tests")
        rotated = self._made("rotate", "rotated")
        for name, key in (("revoked", made), ("live", live), ("rotated", rotated)):
            self.secrets[f"the stored key `{name}`"] = core_of(key)
        for admin, command in product(
            (keys.bad_admin, keys.admin, keys.old_admin, keys.good, "")[: 5 if whole else 1],
            (("keys", "list"), ("budgets",), ("projects", "list"), ("store", "status")),
        ):
            self._run(admin, *command)
        self._run(keys.admin, "keys", "create", "good", "--project", "tests")
        self._mistaken((keys.good, PROVIDER_KEY, MASTER_KEY)[: 3 if whole else 1])
        return self._credentials(made)

    def _credentials(self, revoked: str) -> Credentials:
        keys = self._keys
        claims = {"iss": self._issuer.url, "aud": AUDIENCE, "sub": "canary"}
        tokens = {
            "forged": forged({"alg": "none"}, claims, b"c" * 40),
            "signed": self._issuer.token(exp=1),
            "foreign": self._issuer.token(aud="somebody else"),
        }
        for name, token in tokens.items():
            self.secrets[f"the signature of the token `{name}`"] = token.rpartition(".")[2][
                4:-4
            ].encode()
        access = access_key_id(hash_text(keys.good))
        secret = secret_access_key(MASTER_KEY, access)
        self.secrets["the secret of the access key"] = secret.encode()
        bad = (revoked, keys.expired, keys.unknown, keys.good[:-1], secret, *tokens.values())
        return Credentials(
            good=keys.good,
            poor=keys.poor,
            bad=bad,
            good_admin=keys.admin,
            bad_admin=(keys.bad_admin, keys.old_admin, keys.admin[:-1]),
            access_key=access,
        )

    def _made(self, command: str, name: str, *more: str) -> str:
        """A key that is shown once; of what was said, all but that."""
        done = self._command(self._keys.admin, "keys", command, name, *more, "--json")
        assert done.returncode == 0, done.stderr
        text = msgspec.json.decode(done.stdout, type=dict[str, object])["secret"]
        assert isinstance(text, str)
        self.said += done.stdout.replace(text.encode(), b"") + done.stderr
        return text

    def _run(self, admin: str, *words: str) -> None:
        done = self._command(admin, *words)
        self.said += done.stdout + done.stderr

    def _command(self, admin: str, *words: str) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            [sys.executable, "-m", "detente", *words, "--config", str(self._gateway.file)],
            capture_output=True,
            check=False,
            timeout=TIMEOUT_S,
            env={**os.environ, "PYTHONPATH": str(SOURCE), "DETENTE_ADMIN_KEY": admin},
        )

    def _mistaken(self, secrets: tuple[str, ...]) -> None:
        """Configurations with a secret where none belongs, which are refused without quoting it."""
        good = self._gateway.file.read_text()
        wrong = self._gateway.folder / "mistaken.toml"
        for key in secrets:
            for old, new in (
                (
                    'hash = "sha256:' + sha256(self._keys.poor.encode()).hexdigest(),
                    f'hash = "{key}',
                ),
                ('master_key = { file = "master.key" }', f'master_key = "{key}"'),
                ('api_key = { file = "provider.key" }', f'api_key = "{key}"'),
            ):
                assert old in good
                wrong.write_text(good.replace(old, new))
                done = subprocess.run(
                    [sys.executable, "-m", "detente", "check", str(wrong)],
                    capture_output=True,
                    check=False,
                    timeout=TIMEOUT_S,
                    env={**os.environ, "PYTHONPATH": str(SOURCE)},
                )
                assert done.returncode != 0, (old, done.stdout)
                self.said += done.stdout + done.stderr
        wrong.unlink()

    async def ask(self, credentials: Credentials, count: int) -> None:
        """So many requests, a few at once."""
        asked = Asked(credentials, Random(SEED))
        admin_port = int(self._gateway.admin_url.rpartition(":")[2])
        left = iter(range(count))

        async def client() -> None:
            for number in left:
                if number % PER_ADMIN:
                    await self._send(self._gateway.port, asked.data_plane())
                else:
                    await self._send(admin_port, asked.admin())

        await asyncio.gather(*(client() for _ in range(CLIENTS)))

    async def _send(self, port: int, request: bytes) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        received = bytearray()
        try:
            writer.write(request)
            async with asyncio.timeout(TIMEOUT_S):
                while piece := await reader.read(65_536):
                    received += piece
        except ConnectionError:
            pass
        finally:
            writer.close()
        status = bytes(received[9:12])
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.answers += received

    def crash(self) -> None:
        """Processes end as those with a bug in a library do, and leave no core file."""
        gateway = self._gateway
        before = gateway.processes()
        for pid in before[1:]:
            os.kill(pid, signal.SIGSEGV)

        def all_new() -> bool:
            now = gateway.processes()
            return len(now) == len(before) and not set(before[1:]) & set(now)

        eventually(all_new, "all are started again")
        assert [path.name for path in gateway.folder.rglob("core*")] == []


def places_of(canaries: Canaries, gateway: GatewayProcess) -> Iterator[tuple[str, bytes]]:
    """Everything that somebody may read."""
    yield "what was answered", bytes(canaries.answers)
    yield "what commands said", bytes(canaries.said)
    yield from command_lines(gateway.processes())
    yield from files_below(gateway.folder, but=WHERE_THEY_BELONG)


def _test(folder: Path, store: str, count: int, servers: tuple[Server, KeyServer] | None) -> None:
    keys = keys_of(Random(SEED))
    with tell_tale() as upstream, running_issuer() as issuer:
        text = configuration(upstream, issuer, keys, store)
        with running_gateway(folder, text, FILES) as gateway:
            canaries = Canaries(gateway, issuer, keys)
            credentials = canaries.commands(whole=count >= WHOLE)
            asyncio.run(canaries.ask(credentials, count))
            canaries.crash()
            found = found_in(places_of(canaries, gateway), canaries.secrets)
            found += _found_in_servers(servers, canaries)
            said = {status.decode("latin-1"): n for status, n in canaries.statuses.items()}
            print(f"{count} requests: {said}, {upstream.asked} of them to a provider")  # noqa: T201
            assert {b"400", b"401", b"404", b"429", b"502"} <= canaries.statuses.keys()
        found += found_in(places_of(canaries, gateway), canaries.secrets)
    assert sorted(set(found)) == []


def _found_in_servers(servers: tuple[Server, KeyServer] | None, canaries: Canaries) -> list[str]:
    """In PostgreSQL's folder, its log among it, and in what Valkey dumps."""
    if servers is None:
        return []
    server, limits = servers
    server.ask("CHECKPOINT")
    dump = limits.socket.parent / "dump.rdb"
    limits.say("AUTH", PASSWORDS["the limits' password"] + "\r\nSAVE")
    eventually(dump.exists, "Valkey has dumped")
    places = [*files_below(server.folder), ("Valkey's dump", dump.read_bytes())]
    assert sum(len(content) for _, content in places) > 1_000_000
    return found_in(places, canaries.secrets)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "count", [300, pytest.param(WHOLE, marks=pytest.mark.proof)], ids=["quick", "whole"]
)
def test_no_secret_is_found_in_any_file(tmp_path: Path, count: int) -> None:
    _test(tmp_path, "", count, None)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "count",
    [
        pytest.param(500, marks=pytest.mark.long),
        pytest.param(WHOLE, marks=pytest.mark.proof),
    ],
    ids=["quick", "whole"],
)
def test_no_secret_is_found_in_shared_stores(tmp_path: Path, count: int) -> None:
    with shared_stores() as (store, server, limits):
        _test(tmp_path, store, count, (server, limits))


def test_what_is_hidden_in_a_file_is_found(tmp_path: Path) -> None:
    """The search finds what it is there to find, in every form and wherever it stands."""
    secret = PASSWORDS["the database's password"].encode()
    for form, text in forms(secret).items():
        for before in (b"", b"a", b"ab", b"abc"):
            (tmp_path / "log").write_bytes(before + text + b"\n")
            found = found_in(files_below(tmp_path), {"it": secret})
            assert f"it ({form}) in log" in found
    assert found_in([("log", b"nothing")], {"it": secret}) == []
    assert list(files_below(tmp_path, but=["log"])) == []
