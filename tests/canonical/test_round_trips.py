"""Every shared value survives both of its wire forms unchanged."""

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.canonical.values import structs_of

from detente.canonical.decision import Decision
from detente.canonical.entry import LedgerEntry
from detente.canonical.failure import Failure
from detente.canonical.headroom import Headroom
from detente.canonical.journal import DecisionRecord, Intent, JournalRecord, Settlement
from detente.canonical.model import Deployment, Model
from detente.canonical.price import Price
from detente.canonical.question import Question
from detente.canonical.safety import SafetySignal
from detente.canonical.usage import Usage
from detente.canonical.world import World

RECORDS: tuple[type[msgspec.Struct], ...] = (Intent, Settlement, DecisionRecord)
VALUES = (
    *RECORDS,
    LedgerEntry,
    Decision,
    Question,
    Deployment,
    Model,
    Price,
    Usage,
    Failure,
    Headroom,
    SafetySignal,
    World,
)
few = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
@few
@given(data=st.data())
def test_a_value_survives_json_and_msgpack(kind: type[msgspec.Struct], data: Any) -> None:
    value = data.draw(structs_of(kind))
    assert msgspec.json.decode(msgspec.json.encode(value), type=kind) == value
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(value), type=kind) == value


@few
@given(data=st.data())
def test_a_journal_tells_its_records_apart(data: Any) -> None:
    value = data.draw(structs_of(data.draw(st.sampled_from(RECORDS))))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(value), type=JournalRecord) == value


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
def test_values_are_frozen_and_named(kind: type[msgspec.Struct]) -> None:
    assert kind.__struct_config__.frozen
    info = msgspec.inspect.type_info(kind)
    assert isinstance(info, msgspec.inspect.StructType)
    with pytest.raises(TypeError, match="positional"):
        kind("positional")


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_a_record_of_an_older_version_still_reads(kind: type[msgspec.Struct]) -> None:
    """Records are positional: fields that came later are absent in older journals."""
    fields = msgspec.structs.fields(kind)
    required = [field for field in fields if field.required]
    assert fields[: len(required)] == tuple(required), "a new field goes to the end"
