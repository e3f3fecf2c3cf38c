"""The gateway as a contestant: its generated configuration, its start, its ledger.

50 keys, 20 models with two deployments each at providers of different hosts, the agreements of
the OpenAI and Microsoft example, prices, and the ledger on. Example:
`with gateway(upstream, core=1) as running: ...`.
"""

import hashlib
import re
import shutil
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bench import process, workload
from bench.agreement_files import agreement_files
from bench.nginx import Address, Contestant

EXAMPLE = process.ROOT / "examples" / "openai-microsoft" / "public-record"
READY = re.compile(r"detente: listening on https?://[^:]+:(\d+)")
READY_POLL_S = 0.05
LEDGER_TIMEOUT_S = 120
CLAUSES_EACH = 25
"""Clauses in a made agreement."""
CLOCK_SLACK_S = 0.5


class Gateway(msgspec.Struct, frozen=True, kw_only=True):
    """A running gateway: the contestant and where its configuration and ledger are."""

    contestant: Contestant
    configuration: Path

    def entries(self) -> int:
        """How many entries the ledger has now."""
        command = process.python("detente", "ledger", "sum", "--json")
        command += ["--config", str(self.configuration)]
        printed = process.run(command, core=self.contestant.program.core)
        return count_entries(printed.encode())

    def entries_at_least(self, wanted: int) -> int:
        """The number of entries once there are `wanted`, or when waiting longer is no use."""
        until = time.monotonic() + LEDGER_TIMEOUT_S
        while (found := self.entries()) < wanted and time.monotonic() < until:
            time.sleep(CLOCK_SLACK_S)
        return found


def count_entries(printed: bytes) -> int:
    """The number of entries in what `detente ledger sum --json` printed."""
    return sum(row.requests for row in msgspec.json.decode(printed, type=list[_Sum]))


class _Sum(msgspec.Struct, frozen=True):
    requests: int


@contextmanager
def gateway(
    to: Address,
    *,
    core: int,
    name: str = "detente",
    sources: Path = process.SOURCES,
    clauses: int | None = None,
    allowances: bool = False,
) -> Generator[Gateway, None, None]:
    """`detente serve` from `sources`, one worker, a fresh ledger, until the block ends.

    Its agreements are the example's, or `clauses` made ones; with `allowances`, every request is
    reserved in five accounts.
    """
    folder = process.WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    path = write_configuration(folder, to.url, clauses, allowances=allowances)
    extra = {"PYTHONPATH": f"{sources}:{process.ROOT}"}
    if to.ca_file:
        extra["SSL_CERT_FILE"] = str(to.ca_file)
    command = process.python("detente", "serve", str(path))
    with process.started(name, command, core=core, extra=extra) as program:
        port = _ready_port(program)
        process.wait_for_port(program, port)
        yield Gateway(
            contestant=Contestant(name=name, program=program, port=port), configuration=path
        )


def write_configuration(
    folder: Path, upstream_url: str, clauses: int | None = None, *, allowances: bool = False
) -> Path:
    """Write the configuration, its secret and its agreements into `folder`; returns the file.

    The agreements are the example's, or as many made `clauses`; `allowances` adds budgets and
    limits that are never reached.
    """
    (folder / "upstream.key").write_text(workload.UPSTREAM_KEY)
    agreements = folder / "agreements"
    agreements.mkdir()
    if clauses is None:
        for source in EXAMPLE.glob("*.toml"):
            if source.name != "questions.toml":
                shutil.copy(source, agreements)
    elif clauses:
        names = [f"{workload.publisher_of(model)}/{model}" for model in workload.MODELS]
        count = max(1, clauses // CLAUSES_EACH)
        for name, text in agreement_files(agreements=count, clauses=clauses, models=names):
            (agreements / name).write_bytes(text)
    path = folder / "detente.toml"
    path.write_text(configuration(upstream_url, allowances=allowances))
    return path


def _ready_port(program: process.Program) -> int:
    """The port in the line that the gateway prints when it is ready."""
    until = time.monotonic() + process.READY_TIMEOUT_S
    while time.monotonic() < until and program.is_alive():
        if found := READY.search(program.log.read_text(errors="replace")):
            return int(found[1])
        time.sleep(READY_POLL_S)
    raise process.BenchError(f"the gateway did not get ready; see `{program.log}`")


def configuration(upstream_url: str, *, allowances: bool = False) -> str:
    """The gateway's whole configuration as TOML."""
    limits = _KEY_LIMITS if allowances else ""
    parts = [
        '[server]\nlisten = "127.0.0.1:0"\nadmin_listen = "127.0.0.1:0"\nworkers = 1\n',
        '[agreements]\npath = "agreements"\ndefault = "permit"\n',
        *(_provider(name, kind, host, upstream_url) for name, kind, host in _PROVIDERS),
        *(_model(model) for model in workload.MODELS),
        *(_key(number, key) + limits for number, key in enumerate(workload.KEYS)),
        *(_ALLOWANCES if allowances else ()),
        _PRICES,
    ]
    return "\n".join(parts)


_PROVIDERS = (
    ("openai", "openai", "openai"),
    ("first-cloud", "openai_compatible", "microsoft"),
    ("second-cloud", "openai_compatible", "amazon"),
)
_KEY_LIMITS = "limits = [{ requests_per_minute = 100_000_000 }]\n"
_ALLOWANCES = (
    "[organisation]\nbudgets = [{ usd = 10_000_000 }]\n",
    *(
        f"[projects.project-{number}]\nbudgets = [{{ usd = 10_000_000 }}]\n"
        "limits = [\n  { tokens_per_minute = 1_000_000_000_000 },\n"
        "  { concurrent_requests = 100_000 },\n]\n"
        for number in range(workload.PROJECTS)
    ),
)
"""With a key's: five accounts for each request, and never a refusal."""
_PRICES = """\
[[prices]]
model = "*"
input = "2.50"
output = "10.00"
source = "made up for the benchmark"
"""


def _provider(name: str, kind: str, host: str, upstream_url: str) -> str:
    return (
        f'[providers.{name}]\nkind = "{kind}"\nhost = "{host}"\n'
        f'base_url = "{upstream_url}/v1"\nregion = "eastus2"\n'
        'api_key = { file = "upstream.key" }\n'
    )


def _model(model: str) -> str:
    publisher = workload.publisher_of(model)
    first, second = (
        ("first-cloud", "openai") if publisher == "openai" else ("second-cloud", "first-cloud")
    )
    return (
        f'[models."{publisher}/{model}"]\nreleased = 2024-06-01\naliases = ["{model}"]\n'
        f'deployments = [\n  {{ provider = "{first}", id = "upstream-{model}" }},\n'
        f'  {{ provider = "{second}", id = "upstream-{model}" }},\n]\n'
    )


def _key(number: int, key: str) -> str:
    digest = hashlib.sha256(key.encode()).hexdigest()
    project = f"project-{number % workload.PROJECTS}"
    return (
        f'[keys.app-{number:02d}]\nhash = "sha256:{digest}"\nproject = "{project}"\n'
        'labels = { data = "internal" }\n'
    )
