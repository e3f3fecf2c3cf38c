"""What a worker may spend: its leases in accounts, and the requests that wait for more of them.

A request is reserved in all its accounts at once or in none (`reserve`). Where the leases suffice,
that is arithmetic and nothing else; where they do not, the request waits behind those that came
before it (`wait`) while the treasury is asked over the link. Nothing is held while it waits.

Not here: how much a request needs (`reservation`), the arithmetic of a lease (`accounts`), who is
told what when it is refused (`denials`), and the other end (`treasury`).

>>> purse = Purse(holder="w0-1", send=link.send, now_us=now_us, now=now, soon=loop.call_soon)
>>> hold = purse.reserve(terms, pico_usd, tokens, now_us)
>>> purse.settle(hold, charge_pico_usd, tokens_used, now_us)
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from detente.accounts.messages import Answer, Ask, Have, Kept
from detente.accounts.rules import Account
from detente.canonical.failure import Fault
from detente.gateway.allowances import denials
from detente.gateway.allowances.holds import Figures, Hold, Terms, Waiter
from detente.gateway.allowances.past_leases import PastLeases
from detente.gateway.allowances.pocket import AnyPocket, MoneyPocket, WindowPocket, pocket_for
from detente.gateway.suspension import Suspension

WANTS_MAX: Final = 256
"""Accounts in one ask: a transaction of the store, which others wait for."""
PATIENCE_US: Final = 100_000
"""After the treasury has said `wait`, it is asked again this much later, unless it speaks first."""
REFUSALS_REMEMBERED_US: Final = 1_000_000
"""How long what cannot be had is refused without asking again: the limit may have been raised, or
the ledger have taken in what was settled."""
RECALL_US: Final = 1_000_000
"""What others have to give units of a window back, once somebody waits for them; longer than other
machines take to notice. After that who waits is refused, and so is who comes."""
LOOK_EVERY_US: Final = 1_000_000
LOOKED_AT_MAX: Final = 512
"""Pockets looked at in one turn of the housekeeping, so that many keys stop nobody."""
IDLE_LOOKS: Final = 5
"""Looks after which a lease that nobody used is given back."""
FORGOTTEN_LOOKS: Final = 120
"""Looks after which an empty pocket is forgotten: two minutes, and terms hold for one."""


class Purse:
    """See the module.

    `now_us` is the machine's own clock (`stores.clock`), `now` the wall's. `send` says whether
    anybody heard; `soon` calls at the end of the loop's turn, so that nothing runs inside another
    request. Leases may be used until `usable_until_us`: 0 where the store does not answer and the
    configuration says that nothing may then be used.
    """

    def __init__(
        self,
        *,
        holder: str,
        send: Callable[[Ask], bool],
        now_us: Callable[[], int],
        now: Callable[[], datetime],
        soon: Callable[[Callable[[], None]], object],
    ) -> None:
        self.figures = Figures()
        self.usable_until_us = 0
        self.outage = False
        self._fail_closed = True
        self._waiting_max = 0
        self._good_until_us = 0
        self._ended = True
        self._unsure: dict[AnyPocket, None] = {}
        """Windows of which the treasury has not said what is held since leases had ended."""
        self._holder = holder
        self._send = send
        self.now_us = now_us
        self._now = now
        self._soon = soon
        self._pockets: dict[str, AnyPocket] = {}
        self._past = PastLeases()
        self._queued: dict[AnyPocket, None] = {}
        self._woken: dict[AnyPocket, None] = {}
        self._wanting: dict[AnyPocket, None] = {}
        self._serving = False
        self._asking = False
        self._waiting = 0
        self._arrived = 0
        self._asks = 0
        self._round: list[AnyPocket] = []
        self._round_at_us = 0

    def follow(self, *, fail_closed: bool, waiting_max: int) -> None:
        """What the configuration says of outages and waiting."""
        self._fail_closed, self._waiting_max = fail_closed, waiting_max
        self._decide()

    def pocket(self, account: Account) -> AnyPocket:
        """The pocket of `account`, under the limit that is now in force."""
        pocket = self._pockets.get(account.id)
        if pocket is None:
            pocket = self._pockets[account.id] = pocket_for(account, self.now_us())
            if isinstance(pocket, MoneyPocket):
                pocket.lease = self._past.of(account)
        elif pocket.account.limit != account.limit:
            if isinstance(pocket, MoneyPocket) and account.limit < pocket.account.limit:
                pocket.give_back(self.now_us())  # of a window, the treasury recalls it
            pocket.account = account
            pocket.forget_refusal()
            self._want(pocket)
        pocket.idle_looks = 0
        return pocket

    @property
    def pockets(self) -> tuple[AnyPocket, ...]:
        """All that are known."""
        return tuple(self._pockets.values())

    # What a request asks for.

    def reserve(self, hold: Hold, now_us: int) -> bool:
        """Take `hold` in every account of its terms; False, and nothing is taken, where one has not
        enough or others wait there."""
        terms, pico_usd, tokens = hold.terms, hold.pico_usd, hold.tokens
        if now_us >= self.usable_until_us and terms.pockets:
            return False
        done = 0
        for pocket in terms.money:
            lease = pocket.lease
            if pocket.waiting or not lease.take(pico_usd):
                return self._untaken(hold, done)
            done += 1
            if lease.free < pocket.low and not pocket.asked:
                self._want(pocket)
        for window in terms.ones:
            if window.waiting or not window.lease.take(1, now_us):
                return self._untaken(hold, done)
            done += 1
        for window in terms.tokens:
            if window.waiting or not window.lease.take(tokens, now_us):
                return self._untaken(hold, done)
            done += 1
        for window in terms.requests:  # one counts from its admission, whatever becomes of it
            window.lease.settle(1, 1, now_us)
        self.figures.reserved += 1
        return True

    @staticmethod
    def _untaken(hold: Hold, done: int) -> bool:
        """Put back what was taken of the first `done` pockets."""
        for pocket in hold.terms.pockets[:done]:
            pocket.lease.void(pocket.amount_of(hold))
        return False

    def settle(self, hold: Hold, pico_usd: int, tokens: int, now_us: int) -> None:
        """The request of `hold` is over, and used that much of money and tokens."""
        terms = hold.terms
        for pocket in terms.money:
            pocket.lease.settle(hold.pico_usd, pico_usd)
            if pocket.waiting:
                self._wake(pocket)
        for window in terms.concurrent:
            window.lease.void(1)
            if window.waiting:
                self._wake(window)
        for window in terms.tokens:
            window.lease.settle(hold.tokens, tokens, now_us)
            if window.waiting:
                self._wake(window)

    def count(self, account: Account, pico_usd: int) -> None:
        """Money was spent of an account in which nothing is reserved. Its lease is told, as the
        store is by the ledger: its budget may be made hard while this worker lives."""
        pocket = self._pockets.get(account.id)
        if isinstance(pocket, MoneyPocket):
            pocket.lease.count(pico_usd)
        else:
            self._past.counting(account, self._now()).count(pico_usd)

    def shrink(self, hold: Hold, pico_usd: int, tokens: int) -> None:
        """Less is needed than was thought: `hold` is that much from now on."""
        if pico_usd < hold.pico_usd:
            for pocket in hold.terms.money:
                pocket.lease.void(hold.pico_usd - pico_usd)
                if pocket.waiting:
                    self._wake(pocket)
            hold.pico_usd = pico_usd
        if tokens < hold.tokens:
            for window in hold.terms.tokens:
                window.lease.void(hold.tokens - tokens)
                if window.waiting:
                    self._wake(window)
            hold.tokens = tokens

    # Waiting.

    def wait(self, request: Suspension, hold: Hold) -> Waiter:
        """Put `request` in line: it is resumed once `hold` is taken, or a `Fault` is thrown there.

        Raises the refusal where waiting cannot help, or too many wait; where nobody does in its own
        lines, it is let in, for others' crowds are not its fault.
        """
        now_us, terms = self.now_us(), hold.terms
        for pocket in terms.pockets:
            self._pockets.setdefault(pocket.id, pocket)  # forgotten where the clock was set back
            if self._in_vain(pocket, hold, now_us):
                raise self._refusal(pocket, hold, now_us)
        if self._closed(now_us):
            raise self._unavailable(terms)
        if self._waiting >= self._waiting_max and any(one.waiting for one in terms.pockets):
            raise denials.waits_in_vain(terms.pockets[0], self._waiting_max)
        self._arrived += 1
        waiter = Waiter(request, hold, self._arrived)
        self._waiting += 1
        self.figures.waited += 1
        self._enqueue(waiter, self._short(waiter, now_us) or terms.pockets[0])
        for pocket in terms.pockets:  # all at once, though it waits in one line after the other
            amount = pocket.amount_of(hold)
            if not pocket.waiting and not pocket.asked and pocket.free(now_us) < amount:
                pocket.hint = amount
                self._want(pocket)
        return waiter

    def is_scarce(self, hold: Hold) -> bool:
        """Whether the treasury has said lately that it has not what `hold` lacks."""
        now_us = self.now_us()
        counted: tuple[AnyPocket, ...] = (*hold.terms.money, *hold.terms.tokens)
        for pocket in counted:
            if pocket.free(now_us) < pocket.amount_of(hold) and (
                now_us < pocket.patient_until_us or self._in_vain(pocket, hold, now_us)
            ):
                return True
        return False

    def forget(self, waiter: Waiter) -> None:
        """`waiter` has stopped waiting; nothing where it does not wait any more."""
        for pocket in waiter.hold.terms.pockets:
            if waiter in pocket.waiting:
                pocket.waiting.remove(waiter)
                self._left(pocket)
                self._waiting -= 1
                if not pocket.waiting:  # others need not go short for nobody
                    self._want(pocket)

    def last_look(self, waiter: Waiter) -> None:
        """The time of `waiter` is over: it has its hold after all, should it fit now though others
        wait; else raises the refusal."""
        self.forget(waiter)
        now_us, hold = self.now_us(), waiter.hold
        if now_us >= self.usable_until_us:
            raise self._unavailable(hold.terms)
        for pocket in hold.terms.pockets:
            amount = pocket.amount_of(hold)
            if pocket.free(now_us) >= amount:
                continue
            if not waiter.heard:
                raise self._unavailable(hold.terms)
            if isinstance(pocket, WindowPocket):
                pocket.refuse_from(amount, now_us + PATIENCE_US, pocket.retry_at_us)
            raise self._refusal(pocket, hold, now_us)
        self._take_all(hold, now_us)

    def _enqueue(self, waiter: Waiter, pocket: AnyPocket) -> None:
        """In the order of arrival, wherever a waiter comes from."""
        line = pocket.waiting
        place = len(line)
        while place and line[place - 1].number > waiter.number:
            place -= 1
        line.insert(place, waiter)
        self._queued[pocket] = None
        self._wake(pocket)

    def _left(self, pocket: AnyPocket) -> None:
        if pocket.waiting:
            self._wake(pocket)
        else:
            self._queued.pop(pocket, None)

    def _short(self, waiter: Waiter, now_us: int) -> AnyPocket | None:
        """The first account that has not enough for `waiter`, or for those before it."""
        for pocket in waiter.hold.terms.pockets:
            if pocket.waiting and pocket.waiting[0].number < waiter.number:
                return pocket
            if pocket.free(now_us) < pocket.amount_of(waiter.hold):
                return pocket
        return None

    def _take_all(self, hold: Hold, now_us: int) -> None:
        """Take what was looked at before, whoever waits."""
        for pocket in hold.terms.pockets:
            taken = _took(pocket, pocket.amount_of(hold), now_us)
            assert taken
        for pocket in hold.terms.requests:
            pocket.lease.settle(1, 1, now_us)
        self.figures.reserved += 1

    def _wake(self, pocket: AnyPocket) -> None:
        """Look at the line of `pocket` at the end of this turn."""
        self._woken[pocket] = None
        if not self._serving:
            self._serving = True
            self._soon(self._serve)

    def _serve(self) -> None:
        self._serving = False
        woken, self._woken = self._woken, {}
        now_us = self.now_us()
        for pocket in woken:
            while pocket.waiting and self._serve_first(pocket, now_us):
                pass

    def _serve_first(self, pocket: AnyPocket, now_us: int) -> bool:
        """Serve who is first in line, or refuse whom waiting cannot help; False while it waits."""
        waiter = pocket.waiting[0]
        hold = waiter.hold
        fault: Fault | None = None
        if self._closed(now_us):
            fault = self._unavailable(hold.terms)
        elif now_us >= self.usable_until_us:
            return False  # the control process is away; it will be back
        else:
            short = self._short(waiter, now_us)
            if short is None:
                self._dismiss(pocket)
                self._take_all(hold, now_us)
                waiter.request.resume(hold)
                return True
            if short is not pocket:
                pocket.waiting.popleft()
                self._left(pocket)
                self._enqueue(waiter, short)
                return True
            if self._in_vain(pocket, hold, now_us):
                fault = self._refusal(pocket, hold, now_us)
            elif self.outage:
                fault = self._unavailable(hold.terms)
        if fault is None:
            need = pocket.amount_of(hold) - pocket.free(now_us)
            if now_us >= pocket.patient_until_us or need < pocket.asked_need:
                self._want(pocket)
            return False
        self._dismiss(pocket)
        waiter.request.throw(fault)
        return True

    def _dismiss(self, pocket: AnyPocket) -> None:
        """The first of the line is no longer in it."""
        pocket.waiting.popleft()
        self._waiting -= 1
        self._left(pocket)

    # Refusing.

    def _in_vain(self, pocket: AnyPocket, hold: Hold, now_us: int) -> bool:
        """Whether it is known that waiting cannot help."""
        amount = pocket.amount_of(hold)
        if pocket.free(now_us) >= amount:
            return False
        if pocket.refuses(amount, now_us):
            return True
        return isinstance(pocket, WindowPocket) and pocket.has_all

    def _refusal(self, pocket: AnyPocket, hold: Hold, now_us: int) -> Fault:
        return denials.refused(pocket, pocket.amount_of(hold), now_us=now_us, now=self._now())

    def _unavailable(self, terms: Terms) -> Fault:
        return denials.store_unavailable(terms.pockets[0])

    def _closed(self, now_us: int) -> bool:
        """Whether the store does not answer, and what is leased may not be used."""
        return self.outage and (self._fail_closed or now_us >= self._good_until_us)

    # What the treasury says, and what it is asked.

    def heard(self, message: Answer | Kept) -> None:
        """The treasury has spoken."""
        now_us, until_us = self.now_us(), message.good_until_us
        if until_us is None:
            until_us = self._good_until_us
        had_ended = now_us >= self._good_until_us
        self._good_until_us, self._ended = until_us, now_us >= until_us
        if had_ended and not self._ended:
            self._begin_leases(now_us)
        if isinstance(message, Kept):
            self.outage = message.outage
        else:
            for have in message.haves:
                self._take(have, message.number, now_us)
        self._decide()
        for pocket in self._queued:
            self._wake(pocket)

    def connected(self) -> None:
        """The treasury is there again: whatever was asked may never have come there, and if it is a
        new one, it does not know whom to ask for what lies idle here."""
        for pocket in self._pockets.values():
            if pocket.asked or not pocket.empty:
                pocket.asked = 0
                self._wanting[pocket] = None
        self._flush()

    def _begin_leases(self, now_us: int) -> None:
        """Leases had ended: of windows, others may hold by now what was held here, so none is used
        before the treasury has answered for all; money is given back, should it be given up."""
        self._unsure.clear()
        for pocket in self._pockets.values():
            if isinstance(pocket, WindowPocket):
                if pocket.lease.held > 0:
                    self._unsure[pocket] = None
                    self._want(pocket)
            elif pocket.give_back(now_us):
                self._want(pocket)

    def _decide(self) -> None:
        closed = self._unsure or (self.outage and self._fail_closed)
        self.usable_until_us = 0 if closed else self._good_until_us

    def _take(self, have: Have, number: int, now_us: int) -> None:
        pocket = self._pockets.get(have.account)
        if pocket is None:
            return
        if number and number == pocket.asked:
            pocket.asked = 0
            if pocket in self._wanting:
                self._want(pocket)
        if not pocket.told(have, now_us):
            return
        if not self._ended:
            self._unsure.pop(pocket, None)
        for waiter in pocket.waiting:
            waiter.heard = True
        if have.verdict == "granted":
            pocket.patient_until_us = 0
        else:
            self._remember(pocket, have, now_us)
        if pocket.can_give:
            self._want(pocket)

    def _remember(self, pocket: AnyPocket, have: Have, now_us: int) -> None:
        """What was asked for is not there: whether to wait for it, and who need not ask again."""
        amount, retry_us = max(1, pocket.asked_amount), have.retry_after_us
        if now_us - pocket.patient_until_us > 2 * REFUSALS_REMEMBERED_US:
            pocket.dry_since_us = 0  # nobody has asked for a while: others may give now
        pocket.patient_until_us = now_us + PATIENCE_US
        until_us = now_us + REFUSALS_REMEMBERED_US
        if isinstance(pocket, MoneyPocket):  # a late word may be of another, larger request
            if amount > have.left:
                pocket.refuse_from(amount, until_us, None)
        elif have.verdict == "never":
            pocket.refuse_from(amount, until_us, None)
        elif retry_us:
            pocket.refuse_from(amount, min(until_us, now_us + retry_us), now_us + retry_us)
        elif not pocket.dry_since_us:
            pocket.dry_since_us = now_us
        elif now_us - pocket.dry_since_us > RECALL_US:
            pocket.refuse_from(amount, until_us, None)

    def _want(self, pocket: AnyPocket) -> None:
        """Say something of `pocket` at the end of this turn."""
        self._wanting[pocket] = None
        if not self._asking:
            self._asking = True
            self._soon(self._flush)

    def _flush(self) -> None:
        """Ask for everything that is wanted; what cannot be said now is said when it can."""
        self._asking = False
        now_us = self.now_us()
        due = [pocket for pocket in self._wanting if not pocket.asked]
        for start in range(0, len(due), WANTS_MAX):
            some = due[start : start + WANTS_MAX]
            self._asks += 1
            wants = tuple(pocket.want(now_us) for pocket in some)
            for pocket in some:
                pocket.asked = self._asks
                del self._wanting[pocket]
            if self._send(Ask(number=self._asks, holder=self._holder, wants=wants)):
                self.figures.asks += 1

    # Keeping house.

    def keep_house(self, now_us: int) -> None:
        """Ask again for who waits, and give back what nobody uses; called many times a second."""
        for pocket in self._queued:
            first = pocket.amount_of(pocket.waiting[0].hold)
            came_free = pocket.free(now_us) >= first  # what cooled says nothing when it is free
            if came_free or (not pocket.asked and now_us >= pocket.patient_until_us):
                self._wake(pocket)
        if not self._round and now_us >= self._round_at_us:
            self._round = list(self._pockets.values())
            self._round_at_us = now_us + LOOK_EVERY_US
        some, self._round = self._round[:LOOKED_AT_MAX], self._round[LOOKED_AT_MAX:]
        self._look(some, now_us)

    def _look(self, pockets: Iterable[AnyPocket], now_us: int) -> None:
        for pocket in pockets:
            if pocket.used() or pocket.waiting:
                pocket.idle_looks = 0
                if isinstance(pocket, WindowPocket) and pocket.runs_low(now_us):
                    pocket.hint = 1
                    self._want(pocket)
                continue
            pocket.idle_looks += 1
            if pocket.idle_looks % IDLE_LOOKS == 0 and pocket.give_back(now_us):
                self._want(pocket)
            elif pocket.idle_looks >= FORGOTTEN_LOOKS and pocket.empty:
                self._forget(pocket)

    def _forget(self, pocket: AnyPocket) -> None:
        """Nobody uses the account any more: all but what was granted and spent is forgotten."""
        self._pockets.pop(pocket.id, None)
        if isinstance(pocket, MoneyPocket):
            self._past.keep(pocket.account, pocket.lease, self._now())

    def close(self) -> None:
        """The worker ends: give back all that is left."""
        now_us = self.now_us()
        for pocket in self._pockets.values():
            if pocket.give_back(now_us):
                pocket.asked = 0  # whatever it was, this is the last word
                self._wanting[pocket] = None
        self._flush()


def _took(pocket: AnyPocket, amount: int, now_us: int) -> bool:
    """Take the amount, whoever waits; False where so much is not free."""
    if isinstance(pocket, MoneyPocket):
        return pocket.lease.take(amount)
    return pocket.lease.take(amount, now_us)
