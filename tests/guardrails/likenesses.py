"""What looks like an identifier and is none: orders, hashes, versions, dates, prices, places.

Each is what stands before it, it, and what stands behind. Example: `ALIKE["date"](faker, "de_DE",
random.Random(1))`.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from faker import Faker
from stdnum import luhn

Placed = tuple[str, str, str]

_ORDER: Final = {
    "en_US": "Order", "en_GB": "Order no.", "de_DE": "Bestellnummer", "fr_FR": "Commande",
    "es_ES": "Pedido", "it_IT": "Ordine", "nl_NL": "Bestelling", "pl_PL": "Zamówienie",
    "pt_BR": "Pedido", "zh_CN": "订单号",
}  # fmt: skip
_VERSION: Final = {
    "es_ES": "versión", "it_IT": "versione", "nl_NL": "versie", "pl_PL": "wersja",
    "pt_BR": "versão", "zh_CN": "版本",
}  # fmt: skip


_EPOCH: Final = datetime(2000, 1, 1)
_SECONDS: Final = 27 * 365 * 86_400
_CARDS: Final = (
    *(("4", 16), ("4", 16), ("4", 13), ("4", 19), ("51", 16), ("2221", 16), ("34", 15), ("37", 15)),
    *(("6011", 16), ("36", 14), ("3530", 16), ("62", 16)),
)
"""Beginnings of cards' numbers, and how long they are."""


def card(source: random.Random) -> str:
    """The number of a card."""
    beginning, length = source.choice(_CARDS)
    drawn = "".join(source.choices("0123456789", k=length - 1 - len(beginning)))
    return beginning + drawn + luhn.calc_check_digit(beginning + drawn)


def _digits(source: random.Random, count: int) -> str:
    return str(source.randrange(1, 10)) + "".join(source.choices("0123456789", k=count - 1))


def _hex(source: random.Random, count: int) -> str:
    return "".join(source.choices("0123456789abcdef", k=count))


def _order(_faker: Faker, locale: str, source: random.Random) -> Placed:
    number = _digits(source, source.choice((6, 8, 9, 10, 11, 12, 13, 16)))
    written = source.choice(
        (number, f"{number[:3]}-{number[3:]}", f"{number[:3]}-{number[3:6]}-{number[6:]}")
    )
    return (
        f"{_ORDER[locale]}{source.choice((': ', ' ', ' #'))}",
        written,
        source.choice(("", ",", ".")),
    )


def _number(_faker: Faker, _locale: str, source: random.Random) -> Placed:
    """Without a word that says what it is: a column of a table."""
    return (
        source.choice(("", "x;", "- ")),
        _digits(source, source.choice((7, 8, 9, 10, 12, 14))),
        "",
    )


def _hash(_faker: Faker, _locale: str, source: random.Random) -> Placed:
    digest = _hex(source, source.choice((7, 12, 32, 40, 64)))
    return source.choice(("commit ", "sha256:", "", "etag=")), digest, source.choice(("", ".", ";"))


def _uuid(faker: Faker, _locale: str, source: random.Random) -> Placed:
    return source.choice(("id ", "", "trace=")), faker.uuid4(), source.choice(("", "."))


def _version(_faker: Faker, locale: str, source: random.Random) -> Placed:
    numbers = [str(source.randrange(1, 250)) for _ in range(source.choice((3, 4)))]
    before = source.choice(
        (_VERSION.get(locale, "version") + " ", "v", "Chrome/", "lib-", "section ")
    )
    return before, ".".join(numbers), source.choice(("", "-beta", ","))


def _date(_faker: Faker, _locale: str, source: random.Random) -> Placed:
    moment = _EPOCH + timedelta(seconds=source.randrange(_SECONDS))
    forms = ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y%m%d%H%M%S",
             "%Y-%m-%d %H:%M:%S", "%d-%m-%Y", "%y-%m-%d-%H-%M-%S", "%H:%M:%S")  # fmt: skip
    return source.choice(("", "on ", "[")), moment.strftime(source.choice(forms)), ""


def _price(_faker: Faker, _locale: str, source: random.Random) -> Placed:
    amount = source.randrange(1_000, 999_999_999)
    parted = f"{amount:,}"
    forms = (
        f"{parted}.{source.randrange(100):02}",
        parted.replace(",", "."),
        parted.replace(",", " "),
    )
    before, behind = source.choice(
        (("$", ""), ("€ ", ""), ("", " €"), ("", " EUR"), ("£", ""), ("", " zł"))
    )
    return before, source.choice(forms), behind


def _place(faker: Faker, _locale: str, source: random.Random) -> Placed:
    north, east = faker.latitude(), faker.longitude()
    return source.choice(("", "at ", "geo:")), f"{north}{source.choice((', ', ','))}{east}", ""


def _book(faker: Faker, _locale: str, source: random.Random) -> Placed:
    return (
        source.choice(("ISBN ", "EAN ")),
        source.choice((faker.isbn13, faker.isbn10, faker.ean13))(),
        "",
    )


def _wrong_card(_faker: Faker, _locale: str, source: random.Random) -> Placed:
    number = card(source)
    return "", number[:-1] + str((int(number[-1]) + source.randrange(1, 10)) % 10), ""


def _wrong_iban(faker: Faker, _locale: str, source: random.Random) -> Placed:
    number = faker.iban()
    at = source.randrange(4, len(number))
    other = "1" if number[at] != "1" else "2"
    return "", number[:at] + other + number[at + 1 :], ""


def _not_mail(faker: Faker, _locale: str, source: random.Random) -> Placed:
    name = faker.user_name()
    number = f"{source.randrange(20)}.{source.randrange(9)}.0"
    forms = (
        *(f"@{name}", f"{name}@2x.png", f"git@github.com:{name}/x.git", f"{name}@localhost"),
        *(f"{name}@{number}", f"https://{name}:pw@example.com/"),
    )
    return "", source.choice(forms), ""


def _fingerprint(_faker: Faker, _locale: str, source: random.Random) -> Placed:
    pairs = [_hex(source, 2) for _ in range(source.choice((5, 8, 16, 20)))]
    return source.choice(("MD5:", "key ", "")), ":".join(pairs), ""


def _code(faker: Faker, locale: str, source: random.Random) -> Placed:
    short, long = _digits(source, 4), _digits(source, 9)
    forms = (
        *(faker.license_plate() if locale in ("en_US", "de_DE") else "AB-123-CD", f"x{long}"),
        *(f"#{_hex(source, 6)}", f"{short[1:]}px {short[1:]}px", f"a[{short[0]}::2]"),
        *(f"SKU-{short}-{long[:4]}", f"0.{_digits(source, 15)}", f"{short}1/{long[:7]}"),
    )
    return "", source.choice(forms), ""


ALIKE: Final[dict[str, Callable[[Faker, str, random.Random], Placed]]] = {
    "order": _order,
    "number": _number,
    "hash": _hash,
    "uuid": _uuid,
    "version": _version,
    "date": _date,
    "price": _price,
    "place": _place,
    "book": _book,
    "wrong_card": _wrong_card,
    "wrong_iban": _wrong_iban,
    "not_mail": _not_mail,
    "fingerprint": _fingerprint,
    "code": _code,
}
"""By what it is."""
