"""The use in a block is what its records say, each decoded as a whole."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.entry import Attempt
from detente.canonical.journal import Intent, Settlement
from detente.ledger.store import block_uses
from detente.ledger.store.block_uses import BlockUses
from detente.ledger.store.record_bytes import array_of
from detente.ledger.uses import UseClass, Used
from tests.canonical.values import structs_of
from tests.ledger.records import intent, settlement, templated

encode = msgspec.msgpack.Encoder().encode
WORKER_ID = "req_0123456789abcdef0000002a"
Pair = tuple[Intent, Settlement]


def block(pairs: Sequence[Pair], *, quick: bool) -> bytes:
    write = templated if quick else encode
    return array_of([piece for one, end in pairs for piece in (write(one), encode(end))])


def used(pair: Pair) -> Used | None:
    """What one request used, said plainly."""
    asked, ended = pair
    if ended.deployment is None or asked.model is None or asked.rehearsed:
        return None
    last = ended.attempts[-1] if ended.attempts else None
    return Used(
        of=UseClass(
            deployment=ended.deployment,
            model=asked.model,
            project=asked.project,
            labels=asked.labels,
            interface=asked.interface,
        ),
        started_us=asked.started_us,
        requests=int(ended.outcome == "answered"),
        usage=ended.usage,
        cost_pico_usd=ended.cost_pico_usd,
        first_byte_ms=last.first_byte_ms if last and last.result == "answered" else None,
    )


def pairs() -> st.SearchStrategy[list[Pair]]:
    """What blocks hold: anything, and more of what counts than chance would make."""

    def pair(
        asked: Intent, ended: Settlement, last: Attempt, *, result: str, model: str | None
    ) -> Pair:
        last = msgspec.structs.replace(last, result=result)
        return (
            msgspec.structs.replace(asked, id=WORKER_ID, model=model),
            msgspec.structs.replace(ended, attempts=(*ended.attempts, last)),
        )

    built = st.builds(
        pair,
        structs_of(Intent),
        structs_of(Settlement),
        structs_of(Attempt),
        result=st.sampled_from(["answered", "429"]),
        model=st.sampled_from(["x/a", "x/b", None]),
    )
    return st.lists(built | st.tuples(structs_of(Intent), structs_of(Settlement)), max_size=3)


@given(pairs())
def test_it_is_what_whole_records_say(recorded: list[Pair]) -> None:
    found = BlockUses()
    wanted = [one for one in map(used, recorded) if one is not None]
    for quick in (False, True, True):  # what is new to it, and what it knows
        assert found.of(block(recorded, quick=quick)) == wanted


def test_requests_of_a_class_share_one_object() -> None:
    asked, ended = intent(WORKER_ID), settlement(WORKER_ID)
    other = msgspec.structs.replace(asked, asked_model="gpt-4-turbo")
    found = BlockUses().of(block([(asked, ended), (other, ended)], quick=True))
    assert found[0].of is found[1].of


def test_a_narrow_struct_is_the_beginning_of_the_whole_one() -> None:
    for narrow, whole in ((block_uses.Ended, Settlement), (block_uses.Tried, Attempt)):
        names = narrow.__struct_fields__
        assert names == whole.__struct_fields__[: len(names)]


def test_what_clients_vary_is_forgotten_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block_uses, "CLASSES_HELD_MAX", 10)
    uses = BlockUses()
    found: list[Used] = []
    for number in range(35):
        asked = msgspec.structs.replace(intent(WORKER_ID), asked_model=f"gpt-{number}")
        found += uses.of(block([(asked, settlement(WORKER_ID))], quick=True))
        assert uses.held <= 10
    assert len({one.of for one in found}) == 1
