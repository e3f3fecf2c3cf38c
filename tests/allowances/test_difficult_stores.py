"""Stores that are slow, cut off in the middle of what they do, absent at the start, or failed over.

Nothing may be lost, counted twice, overspent or exceeded, and nobody has to do anything.
"""

import random
import time
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

import pytest

from tests.allowances.callers import Calls, calling
from tests.allowances.shared import FREE, LIMITED, PAID, WIDE, metric, until
from tests.allowances.test_outages import (
    OUTAGES,
    UP,
    Scene,
    Tell,
    callers,
    spend_the_rest,
    staged,
    store_of,
)
from tests.gateway_process import eventually
from tests.postgres import Standby

SEED = 61
SLOW_S = 0.05
"""Each way; one step of PostgreSQL is several round trips, and takes more than half a second."""
KEYS = (FREE, PAID, LIMITED, WIDE)
CUT_WITHIN_BYTES = 6_000
"""From the first word of a connection to the middle of a large step of the ledger."""


def served(scene: Scene, calls: Calls, since: float, within_s: float) -> float:
    """The seconds from then until both gateways have served what a budget applies to."""
    for store in scene.stores:
        eventually(
            lambda of=store.machine: bool(calls.of(gateway=of, key=PAID, status=200, since=since)),
            f"{store.machine} serves",
            within_s,
        )
    return time.monotonic() - since


@pytest.mark.long
def test_a_slow_store_is_no_outage_and_few_wait_for_it(tmp_path: Path, tell: Tell) -> None:
    store = store_of("fail_closed", Decimal("0.5"), timeout_ms=5_000, lease_ms=30_000)
    with staged(tell, tmp_path, "redis", store) as scene:
        scene.to_postgres.delay_s = scene.to_limits.delay_s = SLOW_S
        with calling(callers(scene, (FREE, PAID, WIDE), 0.02)) as calls:
            served(scene, calls, 0.0, 20.0)
            began_s = time.monotonic()
            until(began_s + 4.0)
        for gateway in scene.gateways:
            assert metric(gateway, OUTAGES) == 0.0
            assert metric(gateway, UP) == 1.0
        of_budgets = calls.of(key=PAID, since=began_s)
        waited = [call for call in of_budgets if call.took_s > SLOW_S]
        tell(
            f"a store that is {2 * SLOW_S} s away: {len(waited)} of {len(of_budgets)} requests"
            " waited for it"
        )
        assert {call.status for call in of_budgets} == {200}
        assert len(waited) <= 0.1 * len(of_budgets)
        scene.to_postgres.delay_s = scene.to_limits.delay_s = 0.0
        spend_the_rest(scene)


def cut_again_and_again(scene: Scene, cuts: int, dice: random.Random) -> None:
    """Cut either store's connections after so many bytes, while everybody asks."""
    with calling(callers(scene, KEYS, 0.01)) as calls:
        began_s = time.monotonic()
        for number in range(cuts):
            relay = dice.choice((scene.to_postgres, scene.to_limits))
            relay.cut_after = dice.randrange(1, CUT_WITHIN_BYTES)
            eventually(lambda relay=relay: relay.cut_after is None, f"cut number {number}", 30.0)
        took_s = served(scene, calls, time.monotonic(), 20.0)
        assert set(calls.told(key=FREE, since=began_s)) == {"200"}
    spend_the_rest(scene)
    scene.tell(
        f"cut off {cuts} times in the middle of something, in {took_s + cuts:.0f} s or less;"
        f" {sum(metric(one, OUTAGES) for one in scene.gateways):.0f} outages were seen"
    )


@pytest.mark.long
def test_a_store_that_is_cut_off_in_the_middle(tmp_path: Path, tell: Tell) -> None:
    with staged(tell, tmp_path, "redis", store_of("fail_closed", Decimal("0.5"))) as scene:
        cut_again_and_again(scene, 8, random.Random(SEED))


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", ["fail_closed", "continue_on_lease"])
def test_a_store_that_is_cut_off_at_many_points(tmp_path: Path, mode: str, tell: Tell) -> None:
    with staged(tell, tmp_path, "valkey", store_of(mode, Decimal(3))) as scene:
        cut_again_and_again(scene, 80, random.Random(SEED))


def test_gateways_start_without_their_stores_and_recover(tmp_path: Path, tell: Tell) -> None:
    with staged(
        tell, tmp_path, "redis", store_of("continue_on_lease", Decimal("0.5")), reachable=False
    ) as scene:
        with calling(callers(scene, KEYS, 0.05)) as calls:
            until(time.monotonic() + 2.0)
            for key in (PAID, WIDE, LIMITED):
                assert set(calls.told(key=key)) == {"503 store_unavailable"}
            assert set(calls.told(key=FREE)) == {"200"}
            for gateway in scene.gateways:
                assert metric(gateway, UP) == 0.0
            began_s = time.monotonic()
            scene.to_postgres.lead_to(("127.0.0.1", scene.postgres.port))
            scene.to_limits.lead_to(str(scene.limits.socket))
            took_s = served(scene, calls, began_s, 20.0)
        tell(f"started without stores: served {took_s:.2f} s after they were there")
        spend_the_rest(scene)


@pytest.mark.proof
@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", ["fail_closed", "continue_on_lease"])
def test_a_standby_takes_over(tmp_path: Path, mode: str, tell: Tell) -> None:
    """Replication is synchronous, as the page on many machines asks."""
    with ExitStack() as stack:
        scene = stack.enter_context(staged(tell, tmp_path, "redis", store_of(mode, Decimal(2))))
        standby = stack.enter_context(Standby.of(scene.postgres))
        with calling(callers(scene, KEYS, 0.02)) as calls:
            until(time.monotonic() + 3.0)
            began_s = time.monotonic()
            scene.postgres.kill()
            standby.promote()
            scene.to_postgres.lead_to(("127.0.0.1", standby.port))
            promoted_s = time.monotonic()
            took_s = served(scene, calls, promoted_s, 20.0)
            until(time.monotonic() + 3.0)
            refused = calls.of(key=PAID, status=503, since=began_s)
            tell(
                f"failed over ({mode}): {len(refused)} refused in {promoted_s - began_s:.2f} s"
                f" without a primary; served {took_s:.2f} s after the standby was promoted"
            )
        spend_the_rest(scene, database=standby.named(scene.database))
