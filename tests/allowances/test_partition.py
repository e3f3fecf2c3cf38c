"""A machine that is cut off from the store that it shares, and comes back.

Three machines: PostgreSQL and a server of limits on one, a gateway with callers and a provider on
each of two others. One of these is cut off under load: by its cable, silently, or so that only
answers are lost; for longer than its leases, or shorter. What must hold: it stops when its leases
end, the other goes on, nothing is overspent when all ledgers are together, no window is exceeded by
both together, and it recovers by itself.
"""

import os
import signal
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from detente.gateway.processes.control import NICENESS
from tests.allowances.callers import Caller, Calls, Provider, calling, counted_provider
from tests.allowances.machines import NETWORK, Network, network
from tests.allowances.shared import (
    FREE,
    LIMITED,
    PAID,
    USD,
    WIDE,
    SharedStore,
    assert_never_too_much,
    metric,
    shared_toml,
    spent_usd,
    until,
)
from tests.gateway_process import GatewayProcess, eventually, running_gateway
from tests.postgres import Server
from tests.valkey import KeyServer

STORE, STAYS, CUT_OFF = "store", "m1", "m2"
LIMITS_PORT = 6379
LEASE_S, SKEW_S, TIMEOUT_S = 2.0, 0.2, 0.5
SLACK_S = 2.0
RECOVERY_S = 20.0
"""What TCP may wait before it sends again what was lost, and slack."""
UP = 'detente_store_up{store="accounts"}'


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """How a machine is cut off, and how that ends."""

    begins: Callable[[Network], None]
    ends: Callable[[Network], None]


CUTS = {
    "unplugged": Cut(begins=lambda net: net.unplug(CUT_OFF), ends=lambda net: net.plug(CUT_OFF)),
    "silent": Cut(begins=lambda net: net.silence(CUT_OFF), ends=lambda net: net.hear(CUT_OFF)),
    "answers lost": Cut(
        begins=lambda net: net.drop_answers(CUT_OFF),
        ends=lambda net: net.carry_answers(CUT_OFF),
    ),
}


Tell = Callable[[str], None]
"""Shows a figure at the end of the run."""


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """Three machines; `provider` has what came to those of both gateways."""

    net: Network
    store: SharedStore
    database: str
    provider: Provider
    gateways: dict[str, GatewayProcess]
    tell: Tell

    def spent(self) -> Decimal | None:
        """As the ledger of all machines tells."""
        return self.net[STORE].run(lambda: spent_usd(self.database))

    def metric(self, machine: str, name: str) -> float:
        """A metric of a gateway, asked on its machine."""
        return self.net[machine].run(lambda: metric(self.gateways[machine], name))


@contextmanager
def staged(tell: Tell, folder: Path, store: SharedStore) -> Generator[Scene]:
    with ExitStack() as stack:
        net = stack.enter_context(network(STORE, STAYS, CUT_OFF))
        hub = net[STORE]
        server = hub.run(lambda: stack.enter_context(Server.started(network=NETWORK)))
        listening = ("--port", str(LIMITS_PORT), "--bind", "0.0.0.0", "--protected-mode", "no")
        options = (*listening, "--save", "", "--appendonly", "no")
        hub.run(lambda: stack.enter_context(KeyServer.started("redis", *options)))
        database = hub.run(server.database)
        providers: list[Provider] = []
        gateways: dict[str, GatewayProcess] = {}
        for name in (STAYS, CUT_OFF):
            machine = net[name]
            provider = machine.run(lambda: stack.enter_context(counted_provider()))
            providers.append(provider)
            provider.came = providers[0].came
            text, files = shared_toml(
                msgspec.structs.replace(
                    store,
                    machine=name,
                    url=database.replace("127.0.0.1", hub.address),
                    limits_url=f"redis://{hub.address}:{LIMITS_PORT}/0",
                ),
                provider,
            )
            gateway = running_gateway(folder / name, text, files)
            gateways[name] = machine.run(lambda gateway=gateway: stack.enter_context(gateway))
        yield Scene(
            net=net,
            store=store,
            database=database,
            provider=providers[0],
            gateways=gateways,
            tell=tell,
        )


@contextmanager
def load(scene: Scene, keys: tuple[str, ...], pause_s: float, count: int = 1) -> Generator[Calls]:
    """Callers on both machines."""
    calls = Calls()
    with ExitStack() as stack:
        for name, gateway in scene.gateways.items():
            callers = [
                Caller(gateway=name, port=gateway.port, key=key, pause_s=pause_s, count=count)
                for key in keys
            ]
            at_work = calling(callers, calls)
            scene.net[name].run(lambda at_work=at_work: stack.enter_context(at_work))
        yield calls


def store_of(mode: str, budget_usd: Decimal) -> SharedStore:
    return SharedStore(
        machine="",
        on_outage=mode,
        lease_ms=int(LEASE_S * 1000),
        skew_ms=int(SKEW_S * 1000),
        timeout_ms=int(TIMEOUT_S * 1000),
        budget_usd=budget_usd,
        per_minute=150,
    )


def control_of(gateway: GatewayProcess) -> int:
    """The control process, by its niceness: the ledger has no lock on this machine."""
    processes = gateway.processes()
    (control,) = [p for p in processes if os.getpriority(os.PRIO_PROCESS, p) == NICENESS]
    return control


def cut_off(
    scene: Scene, calls: Calls, kind: str, cut_s: float, *, kill_control: bool = False
) -> None:
    """One cut, and what must be seen of it."""
    began_s = time.monotonic()
    CUTS[kind].begins(scene.net)
    until(began_s + cut_s / 2)
    if kill_control:  # whoever begins then knows of no leases
        os.kill(control_of(scene.gateways[CUT_OFF]), signal.SIGKILL)
    until(began_s + cut_s)
    is_long = cut_s > LEASE_S + SLACK_S
    if is_long:
        eventually(
            lambda: scene.metric(CUT_OFF, UP) == 0.0, "its store is seen to be away", RECOVERY_S
        )
    healed_s = time.monotonic()
    CUTS[kind].ends(scene.net)
    eventually(
        lambda: bool(calls.of(gateway=CUT_OFF, key=PAID, status=200, since=healed_s)),
        f"the machine that was cut off serves again ({kind})",
        RECOVERY_S,
    )
    eventually(lambda: scene.metric(CUT_OFF, UP) == 1.0, "its store is up again", RECOVERY_S)
    back_s = calls.of(gateway=CUT_OFF, key=PAID, status=200, since=healed_s)[0].done_s - healed_s
    late_s = began_s + LEASE_S + SLACK_S
    for key in (PAID, WIDE) if is_long else ():
        late = calls.told(gateway=CUT_OFF, key=key, since=late_s, until=healed_s)
        assert set(late) == {"503 store_unavailable"}, (kind, key, late)
    assert set(calls.told(gateway=CUT_OFF, key=FREE, since=began_s)) == {"200"}
    meanwhile = calls.told(gateway=STAYS, key=PAID, since=began_s, until=healed_s)
    assert meanwhile["200"] > 0.5 * sum(meanwhile.values()), meanwhile
    served = calls.of(gateway=CUT_OFF, key=PAID, status=200, since=began_s, until=healed_s)
    stopped_s = max((call.done_s for call in served), default=began_s) - began_s
    scene.tell(
        f"cut off ({kind}, {scene.store.on_outage}) for {cut_s:.1f} s: served {len(served)} on what"
        f" it held, the last after {stopped_s:.2f} s; the other one meanwhile {dict(meanwhile)};"
        f" back {back_s:.2f} s after it was healed"
    )


def spend_the_rest(scene: Scene) -> None:
    """Ask until the budget is spent; all ledgers together then say what the providers saw."""
    with load(scene, (PAID,), 0.0, count=8) as calls:
        eventually(
            lambda: (
                len(calls.of(status=429, since=time.monotonic() - 1.0)) > 20
                and not calls.of(status=200, since=time.monotonic() - 1.0)
            ),
            "the budget is spent",
            90.0,
        )
    served_usd = USD * len(scene.provider.came["paid"])
    eventually(lambda: scene.spent() == served_usd, "all ledgers are together", 60.0)
    assert_never_too_much(scene.provider, scene.store, [scene.spent()])
    assert served_usd >= scene.store.budget_usd * Decimal("0.97")
    scene.tell(
        f"spent {served_usd} of {scene.store.budget_usd} USD, overspent 0;"
        f" {len(scene.provider.came.get('limited', []))} requests of the narrow limit"
    )


def test_a_machine_that_is_cut_off_stops_and_comes_back(tmp_path: Path, tell: Tell) -> None:
    with staged(tell, tmp_path, store_of("continue_on_lease", Decimal("0.5"))) as scene:
        with load(scene, (FREE, PAID, LIMITED, WIDE), 0.05) as calls:
            until(time.monotonic() + 1.0)
            cut_off(scene, calls, "silent", LEASE_S + SLACK_S + 1.0)
        spend_the_rest(scene)


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", ["fail_closed", "continue_on_lease"])
def test_every_cut_in_both_modes(tmp_path: Path, mode: str, tell: Tell) -> None:
    with staged(tell, tmp_path, store_of(mode, Decimal(6))) as scene:
        with load(scene, (FREE, PAID, LIMITED, WIDE), 0.05) as calls:
            until(time.monotonic() + 1.0)
            for kind in CUTS:
                cut_off(scene, calls, kind, LEASE_S / 2)
                cut_off(scene, calls, kind, 3 * LEASE_S)
                cut_off(scene, calls, kind, 3 * LEASE_S, kill_control=True)
        spend_the_rest(scene)
