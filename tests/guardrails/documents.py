"""A labelled set: generated documents with identifiers in them, and as much that only looks alike.

Ten locales, by Faker and seeds: the same set every time. Identifiers are made by Faker, or drawn
until the country's own check (phonenumbers, python-stdnum) passes; what is planted is known by its
place. What looks alike is drawn without looking whether it happens to pass a check.

>>> len(documents(10, seed=1))
10
"""

import random
from collections.abc import Callable
from typing import Final

import msgspec
import phonenumbers
from faker import Faker
from stdnum import iban
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.gb import nhs
from tests.guardrails import likenesses

REGIONS: Final = {
    "en_US": "US", "en_GB": "GB", "de_DE": "DE", "fr_FR": "FR", "es_ES": "ES", "it_IT": "IT",
    "nl_NL": "NL", "pl_PL": "PL", "pt_BR": "BR", "zh_CN": "CN",
}  # fmt: skip
"""The locales, and the country whose forms a user there has set."""
CANDIDATES: Final = 8
"""In each document; half of them are identifiers."""
DISGUISED_SHARE: Final = 0.05
CATEGORIES: Final = (
    *("email", "phone", "payment_card", "iban", "national_id", "ip_address", "mac_address"),
)

_LABELS: Final = {
    "en_US": ("Email", "Phone", "Card", "IBAN", "Social security number", "IP", "MAC"),
    "en_GB": ("Email", "Tel", "Card number", "IBAN", "NHS number", "IP address", "MAC address"),
    "de_DE": ("E-Mail", "Telefon", "Kreditkarte", "IBAN", "Steuer-ID", "IP-Adresse", "MAC"),
    "fr_FR": ("Courriel", "Téléphone", "Carte", "IBAN", "Sécurité sociale", "Adresse IP", "MAC"),
    "es_ES": ("Correo", "Teléfono", "Tarjeta", "IBAN", "DNI", "Dirección IP", "MAC"),
    "it_IT": ("Posta", "Telefono", "Carta", "IBAN", "Codice fiscale", "Indirizzo IP", "MAC"),
    "nl_NL": ("E-mail", "Telefoon", "Kaart", "IBAN", "BSN", "IP-adres", "MAC-adres"),
    "pl_PL": ("E-mail", "Telefon", "Karta", "IBAN", "PESEL", "Adres IP", "Adres MAC"),
    "pt_BR": ("E-mail", "Telefone", "Cartão", "IBAN", "CPF", "Endereço IP", "Endereço MAC"),
    "zh_CN": ("邮箱", "电话", "卡号", "IBAN", "身份证", "IP地址", "MAC地址"),
}
"""What people call each of `CATEGORIES`."""
_TOLD: Final = ("{label}: {value}", "{label} {value}", '"{label}": "{value}"', "{label}={value};")
_ALONE: Final = ("{value}", "- {value}", "({value})", "x;{value};y", "<{value}>", "{value}.")
_IBANS: Final = ("DE", "FR", "GB", "ES", "IT", "NL", "PL", "BR", "CH", "MT")


class Span(msgspec.Struct, frozen=True, order=True):
    """A place in a text and what stands there."""

    start: int
    end: int
    category: str


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A text, what is planted in it, and where something only looks alike."""

    locale: str
    text: str
    planted: tuple[Span, ...]
    alike: tuple[Span, ...]


def documents(count: int, *, seed: int) -> list[Document]:
    """So many documents, the locales in turn."""
    locales = list(REGIONS)
    makers = {locale: Faker(locale) for locale in locales}
    return [
        _document(makers[locale], locale, random.Random(f"{seed} {number}"))
        for number in range(count)
        for locale in (locales[number % len(locales)],)
    ]


def _document(faker: Faker, locale: str, source: random.Random) -> Document:
    faker.seed_instance(source.random())
    kinds = ["planted"] * (CANDIDATES // 2) + ["alike"] * (CANDIDATES // 2)
    source.shuffle(kinds)
    text = faker.sentence() + "\n"
    planted: list[Span] = []
    alike: list[Span] = []
    for kind in kinds:
        if kind == "planted":
            category = source.choice(CATEGORIES)
            before, value, behind = _placed(faker, locale, category, source)
        else:
            name = source.choice(list(likenesses.ALIKE))
            category = name
            before, value, behind = likenesses.ALIKE[name](faker, locale, source)
        start = len(text) + len(before)
        into = planted if kind == "planted" else alike
        into.append(Span(start, start + len(value), category))
        text += before + value + behind + source.choice((" ", "\n", "\n\n")) + faker.sentence()
        text += source.choice((" ", "\n"))
    return Document(locale=locale, text=text, planted=tuple(planted), alike=tuple(alike))


def _placed(
    faker: Faker, locale: str, category: str, source: random.Random
) -> tuple[str, str, str]:
    """What stands before an identifier, it, and what stands behind."""
    value, needs_label = _IDENTIFIERS[category](faker, locale, source)
    label = _LABELS[locale][CATEGORIES.index(category)]
    told = needs_label or source.random() < 0.5
    form = source.choice(_TOLD if told else _ALONE).replace("{label}", label)
    before, _, behind = form.partition("{value}")
    if source.random() < DISGUISED_SHARE:
        value = _disguised(value, source)
    return before, value, behind


def _disguised(value: str, source: random.Random) -> str:
    """The same to a reader, in other characters."""
    if source.random() < 0.5:
        at = source.randrange(1, len(value))
        return value[:at] + source.choice("\u200b\u2060\u00ad") + value[at:]
    return value.translate({**{48 + one: 0xFF10 + one for one in range(10)}, 45: 0x2011, 32: 0xA0})


def _email(faker: Faker, _locale: str, source: random.Random) -> tuple[str, bool]:
    ours = (faker.email, faker.company_email, faker.free_email, faker.safe_email)
    return source.choice(ours)(), False


def _phone(faker: Faker, locale: str, source: random.Random) -> tuple[str, bool]:
    region = REGIONS[locale]
    written = faker.phone_number() if source.random() < 0.5 else ""
    if not written or not _is_phone(written, region):
        number = _number(region, source)
        formats = (
            phonenumbers.PhoneNumberFormat.NATIONAL,
            phonenumbers.PhoneNumberFormat.INTERNATIONAL,
            phonenumbers.PhoneNumberFormat.E164,
        )
        written = phonenumbers.format_number(number, source.choice(formats))
    groups = written.replace(".", " ").split(" ")
    amount = all(len(one) == 3 for one in groups[1:]) and written[0] not in "+0("
    return written, written.isdigit() or (
        amount and written.replace(".", "").replace(" ", "").isdigit()
    )


def _is_phone(written: str, region: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(written, region))
    except phonenumbers.NumberParseException:
        return False


def _number(region: str, source: random.Random) -> phonenumbers.PhoneNumber:
    """A number that exists: an example with its last digits drawn anew."""
    kinds = (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE)
    example = phonenumbers.example_number_for_type(region, source.choice(kinds))
    assert example is not None
    digits = phonenumbers.national_significant_number(example)
    while True:
        kept = len(digits) - 5
        drawn = digits[:kept] + "".join(source.choices("0123456789", k=5))
        number = phonenumbers.parse(f"+{example.country_code}{drawn}")
        if phonenumbers.is_valid_number(number):
            return number


def _card(_faker: Faker, _locale: str, source: random.Random) -> tuple[str, bool]:
    number = likenesses.card(source)
    groups = {16: (4, 4, 4, 4), 15: (4, 6, 5), 14: (4, 6, 4), 19: (4, 4, 4, 4, 3)}.get(len(number))
    if groups is None or source.random() < 0.5:
        return number, False
    parts: list[str] = []
    for size in groups:
        parts.append(number[:size])
        number = number[size:]
    return source.choice(" -").join(parts), False


def _iban(_faker: Faker, locale: str, source: random.Random) -> tuple[str, bool]:
    country = REGIONS[locale] if REGIONS[locale] in _IBANS else source.choice(_IBANS)
    number = _drawn_iban(country, source)
    return (iban.format(number) if source.random() < 0.5 else number), False


def _drawn_iban(country: str, source: random.Random) -> str:
    """A number of a country's structure, with the check digits that it has to have."""
    shapes = {
        "DE": "n18", "FR": "n10c11n2", "GB": "a4n14", "ES": "n20", "IT": "a1n10c12", "NL": "a4n10",
        "PL": "n24", "BR": "n23a1c1", "CH": "n5c12", "MT": "a4n5c18",
    }  # fmt: skip
    letters = {"n": "0123456789", "a": "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    letters["c"] = letters["n"] + letters["a"]
    bban, kind, size = "", "", ""
    for one in shapes[country] + "n":
        if one.isdigit():
            size += one
            continue
        bban += "".join(source.choices(letters[kind], k=int(size))) if kind else ""
        kind, size = one, ""
    return country + iban.calc_check_digits(f"{country}00{bban}") + bban


def _identity(faker: Faker, locale: str, source: random.Random) -> tuple[str, bool]:
    if locale == "en_US":
        number = faker.ssn()
        return (number, False) if source.random() < 0.7 else (number.replace("-", ""), True)
    return _NATIONAL.get(locale, lambda faker, _: faker.ssn())(faker, source), locale in _LABELLED


def _nhs(_faker: Faker, source: random.Random) -> str:
    return nhs.format(_drawn(lambda: "".join(source.choices("0123456789", k=10)), nhs.is_valid))


def _idnr(_faker: Faker, source: random.Random) -> str:
    return _drawn(lambda: "".join(source.choices("0123456789", k=11)), idnr.is_valid)


def _dni(_faker: Faker, source: random.Random) -> str:
    number = source.choice(("", "X", "Y", "Z")) + "".join(source.choices("0123456789", k=7))
    number = number if number[0] in "XYZ" else f"{source.randrange(10)}{number}"
    return number + (nie if number[0] in "XYZ" else dni).calc_check_digit(number)


_NATIONAL: Final[dict[str, Callable[[Faker, random.Random], str]]] = {
    "en_GB": _nhs,
    "de_DE": _idnr,
    "es_ES": _dni,
    "pl_PL": lambda faker, _: faker.pesel(),
    "pt_BR": lambda faker, _: faker.cpf(),
}
_LABELLED: Final = ("en_GB", "de_DE", "nl_NL")
"""Where a number says nothing without its name."""


def _drawn(draw: Callable[[], str], passes: Callable[[str], bool]) -> str:
    while True:
        if passes(number := draw()):
            return number


def _ip(faker: Faker, _locale: str, source: random.Random) -> tuple[str, bool]:
    private = source.random() < 0.3
    v4 = faker.ipv4_private() if private else faker.ipv4_public()
    v6 = faker.ipv6() if private else f"2001:db8::{source.randrange(1, 0xFFFF):x}"
    if v6.startswith("ff"):  # names a group of machines
        v6 = f"fd{v6[2:]}"
    return (v4 if source.random() < 0.7 else v6), False


def _mac(faker: Faker, _locale: str, source: random.Random) -> tuple[str, bool]:
    address = faker.mac_address()
    plain = address.replace(":", "")
    forms = (address, address.upper(), address.replace(":", "-"),
             f"{plain[:4]}.{plain[4:8]}.{plain[8:]}")  # fmt: skip
    return source.choice(forms), False


_IDENTIFIERS: Final[dict[str, Callable[[Faker, str, random.Random], tuple[str, bool]]]] = {
    "email": _email,
    "phone": _phone,
    "payment_card": _card,
    "iban": _iban,
    "national_id": _identity,
    "ip_address": _ip,
    "mac_address": _mac,
}
"""How an identifier is made, and whether nobody could know it without a word before it."""
