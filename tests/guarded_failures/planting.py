"""Originals that are planted in requests: each is another one, and each kind has a core of its own.

A core stands in every original of a kind and nowhere else, so that a search for a few cores, in all
the forms of `tests.allowances.canaries`, finds any of thousands of originals.

>>> plant(Random(1), 7, ("system", "user")).counts["email"]
1
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

import msgspec

NAMES_MAX: Final = 2_000
"""Names in the customer's dictionary."""
CORES: Final[Mapping[str, bytes]] = {
    "email": b"@kanarien.contoso.com",
    "phone": b"49151772",
    "iban": b"370400447711",
    "payment_card": b"4539771122",
    "person": b"Quorndale",
    "secret": b"ghp_C4n4RyX7",
}
LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
SENTENCES: Final[Mapping[str, str]] = {
    "email": "Please write to {}, who waits.",
    "phone": "Nobody picks up at {} today.",
    "iban": 'The sum went to "{}" at noon.',
    "payment_card": "It was paid with {}, they say.",
    "person": "Somebody called {} asked — für später.",
    "secret": "The door opens with {} only.",
}
FILLER: Final = (
    "The harvest was good.",
    "Order 2026-11 left the yard.",
    "See version 3.11.7 of the paper.",
    "It said: “not yet”.\nThen nothing.",
    "\t{not: json}",
)


class Planted(msgspec.Struct, frozen=True, kw_only=True):
    """What is said in each place of one request, the originals in it and how many of each category;
    `asked` are the originals in what the user says last."""

    texts: Mapping[str, str]
    counts: Mapping[str, int]
    asked: tuple[str, ...]


def name_of(number: int) -> str:
    """A name of the dictionary."""
    letters = "".join(chr(ord("a") + int(digit)) for digit in f"{number % NAMES_MAX:04d}")
    return f"Te{letters} Quorndale"


def original(category: str, number: int, chance: Random) -> str:
    """One original; another one for each number below 100,000 (names repeat)."""
    match category:
        case "email":
            return f"case{number:05d}.{chance.choice('xyz')}@kanarien.contoso.com"
        case "phone":
            return f"+49151772{number:05d}"
        case "iban":
            return _iban(f"370400447711{number:06d}")
        case "payment_card":
            return _with_luhn(f"4539771122{number:05d}")
        case "person":
            return name_of(number)
        case _:
            return "ghp_C4n4RyX7" + "".join(chance.choices(LETTERS, k=28))


def plant(chance: Random, number: int, places: Sequence[str]) -> Planted:
    """Some originals in some of `places`, with something between them."""
    texts = {place: [chance.choice(FILLER)] for place in places}
    counts: Counter[str] = Counter()
    asked: list[str] = []
    for category in chance.sample(sorted(CORES), chance.randint(1, len(CORES))):
        place = chance.choice(places)
        told = original(category, number, chance)
        texts[place] += [SENTENCES[category].format(told), chance.choice(FILLER)]
        counts[category] += 1
        if place == "user":
            asked.append(told)
    return Planted(
        texts={place: " ".join(several) for place, several in texts.items()},
        counts=counts,
        asked=tuple(asked),
    )


def _with_luhn(digits: str) -> str:
    doubled = [int(digit) * (2 - at % 2) for at, digit in enumerate(reversed(digits))]
    total = sum(value - 9 if value > 9 else value for value in doubled)
    return f"{digits}{-total % 10}"


def _iban(account: str) -> str:
    return f"DE{98 - int(account + '131400') % 97:02d}{account}"
