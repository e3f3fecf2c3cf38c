"""Telephone numbers: of every country with its calling code, of some regions as dialled at home.

With `+` (or 00, 011) a number that exists somewhere is one. Without, it has to exist in one of
`regions`, and either stand near a word for telephones (ten languages), or be written as its country
writes numbers: in its groups, with the 0 that is dialled before them. Digits without a gap, and
those that could be an amount (`600 123 456`), need the word. What follows a word for orders,
invoices and the like, or money, is none. An extension belongs to its number.

>>> [(one.start, one.end) for one in Phone().find("call (415) 555-0132 x7 today")]
[(5, 22)]
"""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Final

import msgspec

from detente.guardrails import nearby
from detente.guardrails.detector import Finding
from detente.guardrails.dialling import (
    DIGITS_MIN,
    NATIONAL_DIGITS_MAX,
    Number,
    dialled_lengths,
    in_region,
    is_international,
)
from detente.guardrails.folding import FoldedDetector

CHARACTERS_MAX: Final = 48
"""A number with three characters between some of its groups, and its extension."""
GROUPS_MAX: Final = 8
LONE_DIGITS_MAX: Final = 3
"""Groups of one digit in a number: a calling code, the 0 in brackets, an area."""
JOINT_MAX: Final = 3
"""Characters between two groups."""

_RUN: Final = re.compile(rf"[0-9][0-9 ().+/-]{{{DIGITS_MIN - 2},}}[0-9]")
_BETWEEN: Final = f"[ ()./-]{{0,{JOINT_MAX}}}"
_USUAL: Final = frozenset(("", " ", "-", "."))
"""Most of what joins two groups; before the first there is nothing."""
_GROUP: Final = re.compile("[0-9]+")
_JOINT: Final = re.compile(r"(?: ?\)?-?\(?| ?\)? ?[-./]? ?\(?)")
_EXTENSION: Final = re.compile(
    r"[ ,;]{0,2}(?=[xedpartiw])"
    r"(?:x|ext\.?|extn\.?|extension|durchwahl|poste|anexo|ramal|int\.?|toestel|wew\.?)"
    r"[ .:]{0,2}[0-9]{1,6}(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_DATE: Final = re.compile(
    r"(?:19|20)[0-9]{2}([-./ ])[01]?[0-9]\1[0-3]?[0-9](?![0-9])"
    r"|[0-3]?[0-9]([-./ ])[0-3]?[0-9]\2(?:19|20)[0-9]{2}(?![0-9])"
    r"|(?:[0-9]{2}-){5}[0-9]{2}(?![0-9])"
)
_MONEY_BEFORE: Final = re.compile(r"(?:[$\u20ac\u00a3\u00a5\u20b9#]|\b(?:EUR|USD|GBP|PLN|CNY)) ?\Z")
MONEY_CHARACTERS: Final = len(" EUR ")
_UNIT_BEHIND: Final = re.compile(
    r" ?(?:[$\u20ac\u00a3\u00a5\u20b9%\u00b0]|(?:EUR|USD|GBP|PLN|CNY|zł|km|kg|[MG]B|ms)\b)"
)
_WORDS: Final = nearby.beginnings(
    *("phone", "telephone", r"tel\b", r"cell(?:phone|ular)?\b", "mobile", r"fax\b", "call", "dial"),
    *("whatsapp", "hotline", "helpline", "contact", "reach", "text me", "ring me", "landline"),
    *("telefon", "handy", "mobil", "anruf", "ruf", "erreich", "rückruf", "festnetz"),
    *("téléphon", "portable", "appel", "joindre", "joignable", "rappel"),
    *("teléfono", "móvil", "llam", "contáct", "cellular", "chiam", "recapito"),
    *("telefoon", r"bel\b", "mobiel", "bereik", r"gsm\b", "komórk", "zadzwo", "dzwoni", "kontakt"),
    *("telemóvel", r"lig(?:ue|ar|a)\b", "contato", "contacto", "celular"),
    *("电话", "手机", "联系", "致电", "拨打", "传真", "電話", "携帯", "連絡"),
)
_ABROAD: Final = ("00", "011")
"""What is dialled before a calling code, nearly everywhere and in North America."""
_AMOUNT: Final = re.compile(r"[1-9][0-9]{0,2}(?:([ .])[0-9]{3})(?:\1[0-9]{3})+")
"""What could be a number with its thousands parted."""
_DOTTED: Final = re.compile(r"[0-9]{1,3}\.[0-9]{4,}|(?:[1-9]?[0-9]{1,2}\.){3}[1-9]?[0-9]{1,2}")
"""A decimal number, or an address of a machine."""
_AREA: Final = re.compile(r"0[0-9]{1,5}\)|0[0-9]{2,5}[ /-]{1,3}[0-9]{2,}")
"""An area with its 0, and the rest in any groups, as it is written in Germany and Austria."""
_OTHERS: Final = re.compile(
    r"(?:order|invoice|reference|ref|ticket|case|tracking|parcel|serial|sku|part|batch|version|"
    r"isbn|ean|account|customer|bestell\w*|auftrag\w*|rechnung\w*|kunden\w*|sendung\w*|commande|"
    r"facture|pedido|factura|fattura|ordine|bestelling|factuur|zam[oó]wieni\w*|faktur\w*|fatura|"
    r"订单|编号|发票|注文)[ _-]?(?:number|nummer|num[eé]ro|n[uú]mero|numer|nr|no|n|id|号|番号)?"
    r"[ .:#=º°\"']{0,4}\Z"
)


Span = tuple[int, int]


class Piece(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Some groups of digits in a row that may be a number, from the first digit to the last."""

    start: int
    end: int
    digits: str
    groups: tuple[Span, ...]
    taken: int
    plus: bool

    @property
    def breaks(self) -> frozenset[int]:
        """After which digits, counted from the last, there is a gap."""
        sizes = [end - start for start, end in self.groups]
        return frozenset(sum(sizes[index:]) for index in range(1, len(sizes)))


_FOREIGN: Final = Number(length=0, breaks=frozenset(), has_prefix=False)
"""A number with what is dialled before a calling code."""


class Phone(FoldedDetector):
    """Finds telephone numbers; `regions` (ISO 3166) are those whose numbers are known as they are
    dialled at home."""

    name = "phone"
    categories = ("phone",)
    look_back = CHARACTERS_MAX + nearby.REACH + nearby.REACH_BEHIND

    def __init__(self, regions: tuple[str, ...] = ("US",)) -> None:
        self._regions = regions

    @cached_property
    def _lengths(self) -> frozenset[int]:
        return dialled_lengths(self._regions)

    @cached_property
    def _beginning(self) -> re.Pattern[str]:
        """The first digit of what may be a number, by what stands before it and how many digits
        follow: nothing else needs a closer look. Plans are read with the first number."""
        follow = rf"(?<=0)(?=0|11)(?=(?:{_BETWEEN}[0-9]){{{DIGITS_MIN - 1}}})"
        if self._lengths:
            more = f"{{{min(self._lengths) - 1},{max(self._lengths) - 1}}}"
            follow = rf"(?:{follow}|(?=(?:{_BETWEEN}[0-9]){more}(?![0-9])))"
        alone = rf"(?<![0-9A-Za-z]-.)(?<![0-9][.,:].){follow}"
        return re.compile(rf"[0-9](?<![0-9A-Za-z_@].)(?:(?<=\+.)|(?<=\+\(.)|{alone})")

    def find_folded(self, text: str) -> Iterator[Finding]:
        """Numbers in a folded text; from every group of digits a bounded number is tried."""
        for run in _RUN.finditer(text):
            start, end = run.span()
            if self._beginning.search(text, start, end) is None:
                continue
            if _DATE.fullmatch(text, start, end) is not None:
                continue
            for groups in _chains(text, start, end):
                for begin, behind in self._numbers(text, groups):
                    yield Finding(start=begin, end=behind, category="phone")

    def _numbers(self, text: str, groups: list[Span]) -> Iterator[Span]:
        """The numbers in groups that hang together: at each place the longest."""
        at = 0
        while at < len(groups):
            found = self._longest(text, groups, at)
            if found is None:
                at += 1
                continue
            piece, end = found
            yield _opening(text, piece), end
            at += piece.taken

    def _longest(self, text: str, groups: list[Span], at: int) -> tuple[Piece, int] | None:
        """The longest number that begins with the group at `at`, and where it ends."""
        first = groups[at][0]
        if self._beginning.match(text, first) is None:
            return None
        counts = _counts(groups, at)
        if not counts:
            return None
        plus = _plus(text, first)
        if not nearby.may_begin(text, first - plus):
            return None
        lengths = None if plus or text.startswith(_ABROAD, first) else self._lengths
        for behind, digits in counts:
            if lengths is not None and digits not in lengths:
                continue
            end = _ending(text, groups[behind - 1][1])
            if end is None:
                continue
            piece = _piece(text, groups[at:behind], plus=plus > 0)
            numbers = self._numbers_of(text, piece)
            if not numbers:
                continue
            if plus:
                return piece, end
            if _is_meant(text, piece, numbers):
                return piece, end
        return None

    def _numbers_of(self, text: str, piece: Piece) -> list[Number]:
        """What its digits may be: a number of another country, or of these regions."""
        if piece.plus:
            return [_FOREIGN] if is_international(piece.digits) else []
        if piece.digits.startswith(_ABROAD) and _is_dialled_abroad(text, piece):
            return [_FOREIGN]
        found = [in_region(piece.digits, region) for region in self._regions]
        numbers = [number for number in found if number is not None]
        if not numbers or _DATE.match(text, piece.start) is not None:
            return []
        return [] if _DOTTED.fullmatch(text, piece.start, piece.end) is not None else numbers


def _is_dialled_abroad(text: str, piece: Piece) -> bool:
    """Whether it is what is dialled before a calling code, and a number with it."""
    return any(
        text.startswith(prefix, piece.start) and is_international(piece.digits[len(prefix) :])
        for prefix in _ABROAD
    )


def _chains(text: str, start: int, end: int) -> Iterator[list[Span]]:
    """The groups of digits in a run, parted where what is between them is in no number; only where
    there are digits enough."""
    chain: list[Span] = []
    digits = 0
    for group in _GROUP.finditer(text, start, end):
        begin, behind = group.span()
        between = text[chain[-1][1] : begin] if chain else ""
        if between not in _USUAL and _parts(between, chain):
            if digits >= DIGITS_MIN:
                yield chain
            chain, digits = [], 0
        chain.append((begin, behind))
        digits += behind - begin
    if digits >= DIGITS_MIN:
        yield chain


def _parts(between: str, chain: list[Span]) -> bool:
    """Whether a number cannot go on over what is between two groups, or the next one begins."""
    if len(between) > JOINT_MAX or _JOINT.fullmatch(between) is None:
        return True
    if "/" in between:
        return len(chain) > 1
    return "(" in between and sum(end - start for start, end in chain) >= DIGITS_MIN


def _plus(text: str, first: int) -> int:
    """How far before its first digit a number's `+` stands; 0 where there is none."""
    if text.endswith("+", 0, first):
        return 1
    return 2 if text.endswith("+(", 0, first) else 0


def _counts(groups: list[Span], at: int) -> list[tuple[int, int]]:
    """Behind which groups a number may end that begins with the one at `at`, and its digits: the
    longest first."""
    total = lone = 0
    counts: list[tuple[int, int]] = []
    for index in range(at, min(at + GROUPS_MAX, len(groups))):
        size = groups[index][1] - groups[index][0]
        total += size
        lone += size == 1
        # One digit more is the 0 in brackets, which is taken out.
        if total > NATIONAL_DIGITS_MAX + 1 or lone > LONE_DIGITS_MAX:
            break
        if total >= DIGITS_MIN:
            counts.append((index + 1, total))
    counts.reverse()
    return counts


def _ending(text: str, end: int) -> int | None:
    """Where a number ends whose last digit is known, with its extension; None where it cannot."""
    extension = _EXTENSION.match(text, end)
    if extension is not None:
        return extension.end()
    return end if nearby.may_end(text, end) else None


def _piece(text: str, groups: list[Span], *, plus: bool) -> Piece:
    kept = groups
    if plus:
        kept = [one for one in groups if text[one[0] - 1 : one[1] + 1] != "(0)"]
    return Piece(
        start=groups[0][0],
        end=groups[-1][1],
        digits="".join([text[start:end] for start, end in kept]),
        groups=tuple(kept),
        taken=len(groups),
        plus=plus,
    )


def _opening(text: str, piece: Piece) -> int:
    """Where a number begins: with its `+`, and with a bracket that closes within."""
    start = piece.start
    if piece.plus:
        start = text.rindex("+", 0, start)
    inside = text[piece.start : piece.end]
    closes = inside.count(")") > inside.count("(")
    return start - 1 if closes and start and text[start - 1] == "(" else start


def _is_meant(text: str, piece: Piece, numbers: list[Number]) -> bool:
    """Whether digits that could be a number are meant as one, without a `+`."""
    if _UNIT_BEHIND.match(text, piece.end) is not None:
        return False
    return (
        any(_is_shaped(text, piece, number) for number in numbers)
        or nearby.is_said_before(text, piece.start, _WORDS)
        or nearby.is_said_behind(text, piece.end, _WORDS)
    ) and not _is_other(text, piece.start)


def _is_other(text: str, start: int) -> bool:
    """Whether what stands before a number says that it is money, an order's number, or the like."""
    if _MONEY_BEFORE.search(text, max(0, start - MONEY_CHARACTERS), start) is not None:
        return True
    window = text[max(0, start - nearby.REACH) : start]
    return nearby.has_letter(window) and _OTHERS.search(window.lower()) is not None


def _is_shaped(text: str, piece: Piece, number: Number) -> bool:
    """Whether its groups are those of telephone numbers, as far as nobody says that it is one."""
    if number is _FOREIGN:
        return len(piece.groups) > 1
    breaks = piece.breaks
    if not breaks or _AMOUNT.fullmatch(text, piece.start, piece.end) is not None:
        return False
    if number.has_prefix and not piece.digits.startswith("0"):
        return False
    breaks = frozenset(one for one in breaks if one < number.length)
    if number.breaks and breaks and (breaks <= number.breaks or number.breaks <= breaks):
        return True
    return number.has_prefix and _AREA.match(text, piece.start) is not None
