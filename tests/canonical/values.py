"""Hypothesis strategies for the shared values, made from their own fields.

>>> values_of(Usage).example()
"""

from datetime import UTC, datetime
from decimal import Decimal
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
from hypothesis import strategies as st

LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=12),
    bool: st.booleans(),
    int: st.integers(0, 2**40),
    float: st.floats(0, 1e7, allow_nan=False),
    Decimal: st.decimals(min_value=0, max_value=10**6, places=12, allow_nan=False),
    datetime: st.datetimes(datetime(2019, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    type(None): st.none(),
}


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type that a shared value's field may have."""
    if kind in LEAVES:
        return LEAVES[kind]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return structs_of(kind)
    arguments = get_args(kind)
    match get_origin(kind):
        case origin if origin is Literal:
            strategy = st.sampled_from(arguments)
        case origin if origin in (Union, UnionType):
            strategy = st.one_of([values_of(argument) for argument in arguments])
        case origin if origin is dict:
            key, value = (values_of(argument) for argument in arguments)
            strategy = st.dictionaries(key, value, max_size=2)
        case _ if arguments[-1] is Ellipsis:
            strategy = st.lists(values_of(arguments[0]), max_size=2).map(tuple)
        case _:
            strategy = st.tuples(*(values_of(argument) for argument in arguments))
    return strategy


def structs_of(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """Structs with every field drawn."""
    fields = msgspec.structs.fields(kind)
    return st.fixed_dictionaries({field.name: values_of(field.type) for field in fields}).map(
        lambda drawn: kind(**drawn)
    )
