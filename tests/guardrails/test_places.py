"""Places: every dialect has a table, and every string of every recorded request is classified."""

from typing import get_args

from detente.canonical.model import Dialect
from detente.guardrails.places import PLACES


def test_every_dialect_has_a_table() -> None:
    assert tuple(PLACES) and set(PLACES) == set(get_args(Dialect))
