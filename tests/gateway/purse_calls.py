"""Rules, terms, holds and waiting requests, as tests of the purse ask with them."""

from decimal import Decimal

from tests.gateway.treasury import NOW

from detente.accounts.rules import Rule, account_of
from detente.canonical.allowance import Budget, Limit, Measure
from detente.canonical.failure import Fault
from detente.gateway.allowances.holds import Hold, Terms
from detente.gateway.allowances.purse import Purse


def budget(usd: str, owner: str = "project:shop") -> Rule:
    return Rule(owner=owner, budget=Budget(usd=Decimal(usd)))


def limit(measure: Measure, amount: int, window_ms: int = 60_000) -> Rule:
    window = 0 if measure == "concurrent" else window_ms
    return Rule(owner="key:app", limit=Limit(measure=measure, amount=amount, window_ms=window))


def terms(purse: Purse, *rules: Rule) -> Terms:
    return Terms(0, tuple(purse.pocket(account_of(rule, NOW)) for rule in rules))


def hold_of(made: Terms, pico_usd: int = 0, tokens: int = 0) -> Hold:
    hold = Hold(made)
    hold.pico_usd, hold.tokens = pico_usd, tokens
    return hold


class Caller:
    """A request that waits, and what became of it."""

    def __init__(self) -> None:
        self.hold: Hold | None = None
        self.fault: Fault | None = None

    def resume(self, value: object) -> None:
        assert isinstance(value, Hold)
        self.hold = value

    def throw(self, error: BaseException) -> None:
        assert isinstance(error, Fault)
        self.fault = error

    @property
    def code(self) -> str | None:
        return None if self.fault is None else self.fault.failure.code


def calls(purse: Purse, hold: Hold) -> Caller:
    """A request at its beginning: taken at once, in line, or refused."""
    caller = Caller()
    if purse.reserve(hold, purse.now_us()):
        caller.hold = hold
        return caller
    try:
        purse.wait(caller, hold)
    except Fault as fault:
        caller.fault = fault
    return caller
