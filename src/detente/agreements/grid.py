"""Sets of deployments with three-valued membership, for the compiled form.

A deployment is a bit. `yes` holds those that are in for certain; `open` those that may be,
with the facts that would tell; the others are out. Most grids have nothing open, and then each
operation is one machine instruction on an integer.

>>> both(Grid(yes=0b011), Grid(yes=0b110))
Grid(yes=2, open={})
"""

from collections.abc import Iterator, Mapping

import msgspec

_NOTHING: Mapping[int, frozenset[str]] = {}


class Grid(msgspec.Struct, frozen=True, gc=False):
    """Three-valued set; keys of `open` are single bits that are not in `yes`."""

    yes: int = 0
    open: Mapping[int, frozenset[str]] = _NOTHING


NONE = Grid()


def bits(mask: int) -> Iterator[int]:
    """The single bits of `mask`, lowest first."""
    while mask:
        bit = mask & -mask
        yield bit
        mask ^= bit


def both(a: Grid, b: Grid) -> Grid:
    """Intersection: out where either is out, open where neither is out and one is open."""
    yes = a.yes & b.yes
    if not a.open and not b.open:
        return Grid(yes)
    found = {
        bit: a.open.get(bit, frozenset()) | b.open.get(bit, frozenset())
        for bit in a.open.keys() | b.open.keys()
        if (bit in a.open or bit & a.yes) and (bit in b.open or bit & b.yes)
    }
    return Grid(yes, found)


def either(a: Grid, b: Grid) -> Grid:
    """Union: in where either is in, open where neither is in and one is open."""
    yes = a.yes | b.yes
    if not a.open and not b.open:
        return Grid(yes)
    found = {
        bit: a.open.get(bit, frozenset()) | b.open.get(bit, frozenset())
        for bit in a.open.keys() | b.open.keys()
        if not bit & yes
    }
    return Grid(yes, found)


def outside(a: Grid, whole: int) -> Grid:
    """Complement within `whole`; what is open stays open."""
    maybe = 0
    for bit in a.open:
        maybe |= bit
    return Grid(whole & ~a.yes & ~maybe, a.open)
