"""The registry of behaviours and their form over HTTP."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.simulator import BEHAVIOURS, Behaviour, Cut, Slow
from detente.simulator.behaviours import decode

NEEDED = {"burst": {"events": 1}, "fragment": {"size": 1}, "status": {"status": 500}}
NEEDED_ALSO = {"wrong_length": {"by": 1}}


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda b: b.__name__)
def test_each_can_be_sent(behaviour: type[Behaviour]) -> None:
    tag = str(behaviour.__struct_config__.tag)
    fields = {**NEEDED, **NEEDED_ALSO}.get(tag, {})
    [read] = decode(msgspec.json.encode([{"do": tag, "times": 2, **fields}]))
    assert type(read) is behaviour
    assert read.times == 2
    assert behaviour.__doc__


@given(
    st.builds(Cut, after_tokens=st.integers(0, 99)) | st.builds(Slow, token_ms=st.integers(0, 9))
)
def test_what_is_encoded_is_decoded(behaviour: Behaviour) -> None:
    assert decode(msgspec.json.encode([behaviour])) == [behaviour]


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'[{"do": "explode"}]',
        b'[{"do": "cut", "tokens": 1}]',
        b'[{"do": "slow", "times": 0}]',
    ],
)
def test_what_is_no_script_is_refused(body: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode(body)


PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "simulator.md"


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda b: b.__name__)
def test_each_has_its_row_in_the_reference(behaviour: type[Behaviour]) -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    [row] = [line for line in rows if line.startswith(f"| `{behaviour.__struct_config__.tag}` ")]
    own = set(behaviour.__struct_fields__) - set(Behaviour.__struct_fields__)
    assert all(f"`{name}`" in row for name in own)
