"""The store's arithmetic of a money account: what is spent, what is held, what may be granted.

    available = limit - all that was spent
                - what each holder that has not ended was granted, and neither gave back nor spent

What was spent comes from the ledger alone, exactly once. A holder states totals: what it knows to
have been granted (`Want.held`) and what it ever gave back. So a message may be lost or repeated:
it is a level that a want asks for (`held + want` granted in all), not a difference.

Not here: reading and writing lines (`stores`), and who waits first on one machine (the treasury,
which exchanges in order of arrival).
"""

from collections.abc import Mapping

import msgspec

from detente.accounts.messages import Have, Want
from detente.accounts.slices import money_slice


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One holder's part of an account; `granted`, `returned` and `spent` only grow.

    `ended`: its journal is read to its end, so what it holds beyond `spent` is nobody's.
    `wanted`: what it waits for; a store tells 0 where the holder's machine is gone.
    """

    granted: int = 0
    returned: int = 0
    spent: int = 0
    ended: bool = False
    wanted: int = 0

    @property
    def outstanding(self) -> int:
        """What it may still spend."""
        return 0 if self.ended else max(0, self.granted - self.returned - self.spent)


class MoneyState(msgspec.Struct, frozen=True, kw_only=True):
    """An account's lines by holder. `spent_before` is what was spent by holders that have ended
    and are not among the lines: a store need not read a line for each life of each worker."""

    lines: Mapping[str, Line]
    spent_before: int = 0

    @property
    def spent(self) -> int:
        """All that anybody spent, as far as the ledger knows."""
        return self.spent_before + sum(line.spent for line in self.lines.values())

    @property
    def outstanding(self) -> int:
        """All that holders may still spend."""
        return sum(line.outstanding for line in self.lines.values())


def exchange(state: MoneyState, holder: str, want: Want) -> tuple[MoneyState, Have]:
    """The account after a want, and the answer; only the holder's own line changes.

    A holder that had ended and asks lives again (a machine that was given up as lost). One that
    knows of more than the store is believed: the store lost its last moments, not the money.
    """
    line = _told(state.lines.get(holder, Line()), want)
    state = _with(state, holder, line)
    left = want.limit - state.spent
    available = left - state.outstanding
    unheard = line.granted - want.held
    waited_for = sum(
        other.wanted for name, other in state.lines.items() if name != holder and not other.ended
    )
    need = max(0, want.need - unheard)
    given = money_slice(
        need=need,
        want=max(0, want.want - unheard),
        available=available,
        holders=_holders(state, holder),
        contended=waited_for > 0,
    )
    verdict = "granted" if given >= need else "never" if need > left else "wait"
    wanted = need if verdict == "wait" else 0
    line = msgspec.structs.replace(line, granted=line.granted + given, wanted=wanted)
    have = Have(
        account=want.account,
        verdict=verdict,
        granted=line.granted,
        left=left,
        recall=0 if want.need > 0 else waited_for,
    )
    return _with(state, holder, line), have


def _told(line: Line, want: Want) -> Line:
    granted = max(line.granted, want.held)
    returned = max(line.returned, min(want.returned, granted))
    return msgspec.structs.replace(line, granted=granted, returned=returned, ended=False)


def _with(state: MoneyState, holder: str, line: Line) -> MoneyState:
    return msgspec.structs.replace(state, lines={**state.lines, holder: line})


def _holders(state: MoneyState, asking: str) -> int:
    """How many share what is left: whoever holds something, and who asks."""
    return sum(1 for name, line in state.lines.items() if name == asking or line.outstanding > 0)
