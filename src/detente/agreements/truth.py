"""Three-valued truth: yes, no, or open because a fact is missing.

A missing fact is never guessed: it stays open, with the names of all facts that would settle
it, until something definite decides over it. Used where agreements are read plainly; the
compiled form has its own arithmetic.

>>> all_of(True, Missing(facts=frozenset({"region of azure/gpt-4"})), False)
False
"""

import msgspec


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """Open: `facts` are the names of what nobody supplied."""

    facts: frozenset[str]


Truth = bool | Missing


def missing(fact: str) -> Missing:
    """Open for want of one fact."""
    return Missing(facts=frozenset((fact,)))


def all_of(*truths: Truth) -> Truth:
    """No if any is no; open if any is open; else yes."""
    if any(truth is False for truth in truths):
        return False
    return _open(truths) or True


def any_of(*truths: Truth) -> Truth:
    """Yes if any is yes; open if any is open; else no."""
    if any(truth is True for truth in truths):
        return True
    return _open(truths) or False


def not_(truth: Truth) -> Truth:
    """The contrary; what is open stays open."""
    return truth if isinstance(truth, Missing) else not truth


def _open(truths: tuple[Truth, ...]) -> Missing | None:
    facts = frozenset[str]().union(*(t.facts for t in truths if isinstance(t, Missing)))
    return Missing(facts=facts) if facts else None
