"""The sentence says what counts, in numbers a person reads."""

from msgspec.structs import replace

from detente.cli.whatif_report import sentence, told
from detente.replay.comparison import Comparison, Fate, Tally

DOLLAR = 10**12
STAYS = Fate(model="p/m", project="shop", before="azure/m", after="azure/m")
MOVES = replace(STAYS, after="aws/m")
LOST = replace(STAYS, after=None)
GAINED = replace(STAYS, before=None)


def comparison(**tallies: Tally) -> Comparison:
    fates = {"stays": STAYS, "moves": MOVES, "lost": LOST, "gained": GAINED}
    return Comparison(
        mode="by class", fates={fates[name]: tally for name, tally in tallies.items()}
    )


def cost(requests: int, before: int, after: int, repriced: int = 0) -> Tally:
    return Tally(
        requests=requests,
        cost_before_pico_usd=before * DOLLAR,
        cost_after_pico_usd=after * DOLLAR,
        repriced=repriced,
    )


def test_the_sentence_names_each_kind_of_difference() -> None:
    found = comparison(
        stays=cost(1_000, 100, 100),
        moves=cost(40, 20, 10),
        lost=cost(3, 5, 0),
        gained=Tally(requests=1, unmetered=1),
    )
    assert sentence(found, ("without `host:x`",)) == (
        "of 1,044 requests, without `host:x`, 40 would have been served elsewhere, 3 would have had"
        " no route and 1 that nobody served would have been served; all would have cost $110.00"
        " instead of $125.00 (-$15.00, -12.0%)"
    )
    notes = told(found, supposing=(), by=("model",)).notes
    assert notes == (
        "3 requests had no route any more; the cost leaves them out",
        "1 request would have been served at last: what they would cost nobody knows",
    )


def test_the_sentence_where_little_differs() -> None:
    assert "would have gone where they went, for $5.00" in sentence(
        comparison(stays=cost(2, 5, 5)), ()
    )
    repriced = sentence(comparison(stays=cost(2, 5, 6, repriced=2)), ("at `x`",))
    assert "2 would have had another price and all gone where they went" in repriced
    assert "(+$1.00, +20.0%)" in repriced
    assert "%" not in sentence(comparison(gained=cost(2, 0, 6)), ())
    assert sentence(comparison(), ()) == "no request is on record for that time"


def test_all_rows_are_there() -> None:
    found = told(comparison(moves=cost(2, 1, 2)), supposing=("x",), by=("provider", "project"))
    assert found.by.keys() == {"provider", "project"}
    assert found.moved.requests == found.total.requests == found.differences == 2
    assert found.moves[0].after == "aws/m"
    assert found.blocked == found.first_refusals_owed == []
