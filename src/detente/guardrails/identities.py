"""The forms of national and tax identification numbers, by country.

Each is a pattern, a check of python-stdnum, and words that people put before it. A number stands
alone where its form or its check leaves little to chance (letters in their places, separators that
nothing else has); others count only near their words, and digits that are a date and a check also
where their country is named. Which check a country has, and where it is written down: the docstring
of each module at https://arthurdejong.org/python-stdnum/doc/2.2/ (read 2026-11). The library is
imported with the first number, and needs the extra `guardrails`.

>>> [form.check for form in FORMS["GB"]]
['', '', '', 'gb.nhs', 'gb.utr']
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any, Final, Literal, cast

import msgspec

from detente.guardrails import nearby

CHARACTERS_MAX: Final = 20
"""The longest form, with its separators."""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """One form of a number: it begins `lead` characters before its first digit, and its first run
    of digits has one of `firsts` digits. Without `words` it stands alone; where it is `named` it
    does so if its country is named."""

    category: Literal["national_id", "tax_id"]
    pattern: re.Pattern[str]
    lead: int
    firsts: tuple[int, ...]
    check: str
    words: re.Pattern[str] | None
    named: bool = False


def passes(check: str, number: str) -> bool:
    """Whether a number, with or without its separators, is valid as a module of python-stdnum
    says; without a module the form is all there is."""
    # Hyphens and plus signs stay: in Sweden and Finland they tell the century.
    return not check or _checking(check)(number.replace(" ", "").replace(".", "").upper())


@cache
def _checking(check: str) -> Callable[[str], bool]:
    return cast("Any", import_module(f"stdnum.{check}")).is_valid


def _alone(pattern: str, check: str, *firsts: int, lead: int = 0, tax: bool = False) -> Identity:
    """A form that stands alone."""
    return Identity(
        category="tax_id" if tax else "national_id",
        pattern=re.compile(pattern),
        lead=lead,
        firsts=firsts,
        check=check,
        words=None,
    )


def _told(pattern: str, check: str, *firsts: int, words: str, tax: bool = False) -> Identity:
    """A form that counts near one of `words`, parted by `|`."""
    return Identity(
        category="tax_id" if tax else "national_id",
        pattern=re.compile(pattern),
        lead=0,
        firsts=firsts,
        check=check,
        words=nearby.beginnings(*words.split("|")),
    )


def _named(pattern: str, check: str, *firsts: int, words: str) -> Identity:
    """A form of digits only that counts near one of `words`, and where its country is named."""
    return msgspec.structs.replace(_told(pattern, check, *firsts, words=words), named=True)


_NINO: Final = "(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
_CODICE: Final = "(?i:[A-Z]{6}[0-9]{2}[A-EHLMPRST][0-9]{2}[A-Z][0-9]{3}[A-Z])"
_RIC: Final = (
    "[1-8][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]"
)
"""GB 11643-1999; python-stdnum's `cn.ric` raises where its table of places has a gap."""
_CURP: Final = "(?i:[A-Z]{4}[0-9]{6}[HMX][A-Z]{5}[0-9A-Z][0-9])"

FORMS: Final[Mapping[str, tuple[Identity, ...]]] = {
    "AR": (_alone("[0-9]{2}-[0-9]{8}-[0-9]", "ar.cuit", 2, tax=True),),
    "AT": (_told("[0-9]{4} ?[0-9]{6}", "at.vnr", 4, 10, words=r"sv[- ]?nr|sozialvers|e-card"),),
    "AU": (
        _told("[0-9]{3} ?[0-9]{3} ?[0-9]{2,3}", "au.tfn", 3, 8, 9, words="tfn|tax file", tax=True),
    ),
    "BE": (
        _alone(r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}-[0-9]{3}\.[0-9]{2}", "be.nn", 2),
        _named("[0-9]{11}", "be.nn", 11, words="rijksregister|registre national|nationalregister"),
    ),
    "BR": (
        _alone(r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}", "br.cpf", 3),
        _named("[0-9]{11}", "br.cpf", 11, words="cpf"),
        _alone(r"[0-9]{2}\.[0-9]{3}\.[0-9]{3}/[0-9]{4}-[0-9]{2}", "br.cnpj", 2, tax=True),
    ),
    "CA": (
        _told(
            "[0-9]{3}(?:-[0-9]{3}-| ?[0-9]{3} ?)[0-9]{3}", "ca.sin", 3, 9,
            words=r"sin\b|social insurance|nas\b|assurance sociale",
        ),
    ),
    "CH": (
        _alone(r"756(?:\.[0-9]{4}\.[0-9]{4}\.| ?[0-9]{4} ?[0-9]{4} ?)[0-9]{2}", "ch.ssn", 3, 13),
    ),
    "CL": (_alone(r"[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}-[0-9Kk]", "cl.rut", 1, 2),),
    "CN": (_alone(_RIC, "iso7064.mod_11_2", 17, 18),),
    "CZ": (_alone("[0-9]{6}/[0-9]{3,4}", "cz.rc", 6),),
    "DE": (
        _alone("[0-9]{2} [0-9]{3} [0-9]{3} [0-9]{3}", "de.idnr", 2, tax=True),
        _told("[0-9]{11}", "de.idnr", 11, words=r"steuer|idnr|id-nr|tin\b|tax", tax=True),
    ),
    "DK": (_told("[0-9]{6}-?[0-9]{4}", "dk.cpr", 6, 10, words="cpr|personnummer"),),
    "EE": (_named("[1-8][0-9]{10}", "ee.ik", 11, words="isikukood"),),
    "ES": (
        _alone("[0-9]{8}[- ]?[A-Z]", "es.dni", 8),
        _alone(r"[0-9]{2}\.[0-9]{3}\.[0-9]{3}[- ]?[A-Z]", "es.dni", 2),
        _alone("[XYZ][0-9]{7}[- ]?[A-Z]", "es.nie", 7, lead=1),
        _alone("[XYZ]-[0-9]{7}-?[A-Z]", "es.nie", 7, lead=2),
    ),
    "FI": (_alone("[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-Y]", "fi.hetu", 6),),
    "FR": (
        _alone("[12][0-9]{14}", "fr.nir", 15),
        _alone("[12][0-9]{4}2[AB][0-9]{8}", "fr.nir", 6),
        _alone(
            "[12] [0-9]{2} [0-9]{2} (?:[0-9]{2}|2[AB]) [0-9]{3} [0-9]{3} ?[0-9]{2}", "fr.nir", 1
        ),
        _told(
            "[0-3][0-9](?: [0-9]{2} [0-9]{3} [0-9]{3} [0-9]{3}|[0-9]{11})", "fr.nif", 2, 13,
            words=r"fiscal|spi\b|impôt", tax=True,
        ),
    ),
    "GB": (
        _alone(f"{_NINO}[0-9]{{6}}[A-D]", "", 6, lead=2),
        _alone(f"{_NINO} [0-9]{{6}} [A-D]", "", 6, lead=3),
        _alone(f"{_NINO} [0-9]{{2}} [0-9]{{2}} [0-9]{{2}} [A-D]", "", 2, lead=3),
        _told(
            "[0-9]{3}(?:-[0-9]{3}-| ?[0-9]{3} ?)[0-9]{4}", "gb.nhs", 3, 10,
            words="nhs|national health|patient",
        ),
        _told("[0-9]{5} ?[0-9]{5}", "gb.utr", 5, 10, words=r"utr\b|unique taxpayer", tax=True),
    ),
    "IE": (_alone("[0-9]{7}[A-W][A-IW]?", "ie.pps", 7),),
    "IN": (
        _told("[0-9]{4} ?[0-9]{4} ?[0-9]{4}", "in_.aadhaar", 4, 12, words="aadha+r|uid|आधार"),
        _alone("[A-Z]{5}[0-9]{4}[A-Z]", "in_.pan", 4, lead=5, tax=True),
    ),
    "IT": (
        _alone(_CODICE, "it.codicefiscale", 2, lead=6),
        _told("[0-9]{11}", "it.iva", 11, words=r"p\.? ?iva|partita|vat|codice fiscale", tax=True),
    ),
    "JP": (
        _told(
            "[0-9]{4} ?[0-9]{4} ?[0-9]{4}", "jp.in_", 4, 12,
            words="マイナンバー|個人番号|my ?number",
        ),
    ),
    "KR": (_alone("[0-9]{6}-[0-9]{7}", "kr.rrn", 6),),
    "LT": (_named("[1-6][0-9]{10}", "lt.asmens", 11, words="asmens"),),
    "MX": (
        _alone(_CURP, "mx.curp", 6, 7, lead=4),
        _alone("[A-Z&]{4}[0-9]{6}[0-9A-Z]{3}", "mx.rfc", 6, 7, 8, 9, lead=4, tax=True),
    ),
    "NL": (_told("[0-9]{9}", "nl.bsn", 9, words=r"bsn\b|burgerservice|sofi"),),
    "NO": (_named("[0-9]{6} ?[0-9]{5}", "no.fodselsnummer", 6, 11, words="fødsel|personn"),),
    "PL": (
        _named("[0-9]{11}", "pl.pesel", 11, words="pesel"),
        _alone("[0-9]{3}-[0-9]{3}-[0-9]{2}-[0-9]{2}", "pl.nip", 3, tax=True),
        _told("[0-9]{10}", "pl.nip", 10, words=r"nip\b|podatk", tax=True),
    ),
    "PT": (
        _alone("[0-9]{8} ?[0-9] ?[A-Z]{2}[0-9]", "pt.cc", 8, 9),
        _told(
            "[0-9]{3} ?[0-9]{3} ?[0-9]{3}", "pt.nif", 3, 9, words=r"nif\b|contribuinte|fiscal",
            tax=True,
        ),
    ),
    "RO": (_named("[1-8][0-9]{12}", "ro.cnp", 13, words=r"cnp\b|cod numeric"),),
    "SE": (
        _alone("(?:[0-9]{2})?[0-9]{6}[-+][0-9]{4}", "se.personnummer", 6, 8),
        _told("(?:[0-9]{2})?[0-9]{10}", "se.personnummer", 10, 12, words="person"),
    ),
    "TR": (_named("[1-9][0-9]{10}", "tr.tckimlik", 11, words=r"kimlik|t\.?c\.?\b|tckn"),),
    "US": (
        _alone("[0-9]{3}-[0-9]{2}-[0-9]{4}", "us.ssn", 3),
        _alone("9[0-9]{2}-[0-9]{2}-[0-9]{4}", "us.itin", 3, tax=True),
        _told("[0-9]{3} ?[0-9]{2} ?[0-9]{4}", "us.ssn", 3, 9, words=r"ssn\b|social sec"),
        _told("9[0-9]{2} ?[0-9]{2} ?[0-9]{4}", "us.itin", 3, 9, words=r"itin\b|taxpayer", tax=True),
        _told(
            "[0-9]{2}-[0-9]{7}", "us.ein", 2, words=r"f?ein\b|employer id|tax id|federal tax",
            tax=True,
        ),
    ),
    "ZA": (_named("[0-9]{13}", "za.idnr", 13, words=r"id\b|identity"),),
}  # fmt: skip
"""By country (ISO 3166)."""
