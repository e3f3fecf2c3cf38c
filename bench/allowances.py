"""What budgets and limits cost: processor time of each step, throughput, and asks of the store.

Every request is reserved in five accounts: requests of its key, tokens and places of its project,
money of its project and of the organisation. None is ever refused. The same gateway without any
budget or limit stands beside it in the same run. Example: `steps(sources, rounds=300, core=1)`.
"""

import re
import urllib.request
from pathlib import Path
from typing import Final

import msgspec

from bench import process
from bench.allowance_steps import Steps
from bench.gateway import Gateway

ADMIN: Final = re.compile(r"\(admin (https?://[^)]+)\)")
ASKS: Final = "detente_lease_round_trips"
RESERVED: Final = "detente_reservations"
ANSWER_TIMEOUT_S: Final = 30


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """How often the worker asked the treasury, and how many requests it reserved."""

    asks: int
    reserved: int

    @property
    def per_request(self) -> float:
        """Round trips a request."""
        return self.asks / max(1, self.reserved)


def steps(sources: Path, *, rounds: int, core: int) -> Steps:
    """The steps of one request, with the gateway from `sources`."""
    path = f"PYTHONPATH={sources}:{process.ROOT}"
    command = ["env", path, *process.python("bench.allowance_steps", str(rounds))]
    return msgspec.json.decode(process.run(command, core=core), type=Steps)


def asked(running: Gateway) -> Asked:
    """What the gateway has counted since its start."""
    found = ADMIN.search(running.contestant.program.log.read_text(errors="replace"))
    if found is None:
        raise process.BenchError("the gateway does not say where its admin API is")
    address = f"{found[1]}/metrics"
    with urllib.request.urlopen(address, timeout=ANSWER_TIMEOUT_S) as answer:
        return asked_of(answer.read().decode())


def asked_of(metrics: str) -> Asked:
    """The two counters in a page of metrics."""
    return Asked(asks=_counter(metrics, ASKS), reserved=_counter(metrics, RESERVED))


def _counter(metrics: str, name: str) -> int:
    found = re.search(rf"^{name}(?:_total)?(?:{{[^}}]*}})? ([0-9.e+]+)$", metrics, re.MULTILINE)
    if found is None:
        raise process.BenchError(f"the gateway counts no `{name}`")
    return int(float(found[1]))
