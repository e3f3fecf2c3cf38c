"""Forms are read, and what is none has no fields."""

import msgspec
import pytest

from detente.simulator.identity.desk import Identities, form_of
from tests.simulator.identity.asking import post


def test_a_form_has_the_first_of_each_field() -> None:
    assert form_of(post("/", {"a": "1 &", "b": "é"})) == {"a": "1 &", "b": "é"}


@pytest.mark.parametrize("body", [b"", b"\xff", b"&".join([b"a=1"] * 101)])
def test_what_is_no_form(body: bytes) -> None:
    assert form_of(msgspec.structs.replace(post("/", {}), body=body)) == {}


def test_nobody_shares_who_is_known() -> None:
    assert Identities().aws_keys is not Identities().aws_keys
