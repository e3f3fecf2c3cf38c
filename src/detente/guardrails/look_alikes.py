"""Look-alikes: stand-ins that keep the form of the original, for tools that check it.

Drawn from ranges that belong to nobody where there are such, by bytes that the caller gives, so
that the same bytes make the same look-alike. A category whose form nobody checks, or that has no
range of its own (national ids, secrets, names), has none. Not here: which bytes, and whether a
look-alike is in use already (`pseudonyms`).

- e-mail: `example.com`, `.net`, `.org` (RFC 2606 section 3).
- IP: 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24 (RFC 5737 section 3), 2001:db8::/32 (RFC 3849).
- MAC: 00-00-5E-00-53-00 to -FF (RFC 9542 section 2.1.4).
- Phone: 555-0100 to 555-0199 of an area code of North America; 020 7946 0000 to 0999 (Ofcom,
  telephone numbers for drama use); the five ranges of the Bundesnetzagentur for media productions
  (Amtsblatt 7/2021, Mitteilung 148/2021; both read 2026-11-22). Other countries: none.
- Card: the first six digits of published test cards (docs.stripe.com/testing, read 2026-11-22), the
  length of the original, the check digit of ISO/IEC 7812-1 annex B.
- IBAN: the country and form of the original, check digits by ISO 13616 (mod 97). No range is set
  aside; a bank of zeros or X is taken, since none is known to have it. Belgium, Spain, Montenegro
  and Norway have check digits of their own inside: none.

>>> look_alike_of("ip_address", "10.1.2.3", bytes(32))
'192.0.2.1'
>>> look_alike_of("payment_card", "4111 1111 1111 1111", bytes(32))
'4000 0000 0000 0002'
"""

import base64
import ipaddress
import re
from collections.abc import Callable
from typing import Final

_IPV4: Final = ("192.0.2", "198.51.100", "203.0.113")
_HOSTS: Final = 254
"""Addresses of a /24 that are hosts'."""
_MAIL_HOSTS: Final = ("example.com", "example.net", "example.org")
_AREA_CODES: Final = (
    *("202", "206", "212", "213", "214", "303", "305", "312", "313", "314", "404", "408", "412"),
    *("415", "416", "503", "504", "510", "512", "514", "516", "602", "604", "612", "614", "615"),
    *("617", "619", "702", "703", "704", "713", "714", "716", "718", "720", "801", "804", "808"),
    *("813", "816", "818", "901", "904", "907", "914", "916"),
)
_RANGES: Final[dict[str, tuple[str, ...]]] = {
    "44": ("2079460",),
    "49": ("3023125", "6990009", "4066969", "2214710", "8999998"),
}
"""Country code to the starts of national numbers, of which three digits are missing."""
_NORTH_AMERICAN: Final = re.compile(
    r"(?:\+?1[ .-]?)?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-]?)[2-9]\d\d[ .-]?\d{4}"
)
_TEST_CARDS: Final = (
    ("34", "378282"),
    ("37", "378282"),
    ("4", "400000"),
    ("5", "555555"),
    ("2", "222300"),
    ("35", "353011"),
    ("36", "362272"),
    ("30", "305693"),
    ("38", "305693"),
    ("62", "620000"),
    ("6", "601111"),
)
"""How a brand's numbers begin, and how its test cards do; the longest beginning counts."""
_CHECKED_INSIDE: Final = ("BE", "ES", "ME", "NO")
_BANK_CHARACTERS: Final = 4
_SEPARATORS: Final = re.compile(r"[\s().\-/]+")
_PLAIN_IP: Final = re.compile(r"[0-9a-f.:]+", re.IGNORECASE)
_BARE: Final = re.compile(r"\+?[0-9A-Z]+")
_GROUPED: Final = re.compile(r"\+?[0-9A-Z][0-9A-Z .()\-]{8,}[0-9A-Z]")


def look_alike_of(category: str, original: str, digest: bytes) -> str | None:
    """What looks like `original` and is not, by 32 bytes of chance; None where none is sound."""
    make = _MAKERS.get(category)
    return None if make is None else make(original, int.from_bytes(digest, "big"))


def spellings(look_alike: str) -> tuple[str, ...]:
    """The ways in which a model may write `look_alike` again: grouped otherwise, or not at all."""
    if "@" in look_alike or ":" in look_alike or not _GROUPED.fullmatch(look_alike):
        return (look_alike,)
    bare = _SEPARATORS.sub("", look_alike)
    if not _BARE.fullmatch(bare) or look_alike.count(".") == 3:
        return (look_alike,)
    ways = [look_alike, bare]
    if re.fullmatch(r"\+?1?[2-9]\d\d55501\d\d", bare):
        ways += _north_american_ways(bare[-10:])
    else:
        ways += (_SEPARATORS.sub(separator, look_alike) for separator in (" ", "-"))
        if len(bare) > 12 and not bare.startswith("+"):
            ways += (separator.join(re.findall(".{1,4}", bare)) for separator in (" ", "-"))
    return tuple(dict.fromkeys(ways))


def compact(text: str) -> str:
    """`text` in small letters without what separates groups: what all spellings have in common."""
    return _SEPARATORS.sub("", text).lower()


def luhn_digit(payload: str) -> str:
    """The check digit of `payload`, all digits (ISO/IEC 7812-1 annex B)."""
    total = 0
    for at, character in enumerate(reversed(payload)):
        digit = int(character) * (2 - at % 2)
        total += digit - 9 if digit > 9 else digit
    return str(-total % 10)


def _email(_original: str, chance: int) -> str:
    host = _MAIL_HOSTS[chance % len(_MAIL_HOSTS)]
    name = base64.b32encode((chance >> 8 & 0xFFFFFFFFFF).to_bytes(5, "big")).decode("ascii").lower()
    return f"u{name}@{host}"


def _ip_address(original: str, chance: int) -> str | None:
    if not _PLAIN_IP.fullmatch(original):
        return None
    if ":" not in original:
        block, host = divmod(chance % (len(_IPV4) * _HOSTS), _HOSTS)
        return f"{_IPV4[block]}.{host + 1}"
    made = (0x20010DB8 << 96) | (chance & (1 << 96) - 1)
    return str(ipaddress.IPv6Address(made))


def _mac_address(original: str, chance: int) -> str | None:
    digits = f"00005e0053{chance % 256:02x}"
    if sum(c in "0123456789abcdefABCDEF" for c in original) != len(digits):
        return None
    if any(c.isupper() for c in original):
        digits = digits.upper()
    return _laid_into(original, digits)


def _phone(original: str, chance: int) -> str | None:
    digits = re.sub(r"\D", "", original)
    if not digits.isascii():
        return None
    if _NORTH_AMERICAN.fullmatch(original):
        area = _AREA_CODES[chance % len(_AREA_CODES)]
        made = f"{area}55501{(chance >> 16) % 100:02}"
        return _laid_into(original, digits[:-10] + made)
    if not original.startswith("+") or "(0)" in original:
        return None
    starts = _RANGES.get(digits[:2], ())
    if not starts:
        return None
    national = f"{starts[chance % len(starts)]}{(chance >> 16) % 1000:03}"
    made = digits[:2] + national
    if len(made) == len(digits):
        return _laid_into(original, made)
    return f"+{digits[:2]} {national}"


def _payment_card(original: str, chance: int) -> str | None:
    digits = re.sub(r"\D", "", original)
    if not (digits.isascii() and 13 <= len(digits) <= 19):
        return None
    known = [(len(own), start) for own, start in _TEST_CARDS if digits.startswith(own)]
    if not known:
        return None
    start = max(known)[1]
    free = len(digits) - len(start) - 1
    payload = start + f"{chance % 10**free:0{free}}"
    return _laid_into(original, payload + luhn_digit(payload))


def _iban(original: str, chance: int) -> str | None:
    compact = _SEPARATORS.sub("", original).upper()
    country = compact[:2]
    if country in _CHECKED_INSIDE or not re.fullmatch(r"[A-Z]{2}\d\d[0-9A-Z]{11,30}", compact):
        return None
    bank = "".join("0" if c.isdigit() else "X" for c in compact[4 : 4 + _BANK_CHARACTERS])
    account: list[str] = []
    for character in compact[4 + _BANK_CHARACTERS :]:
        chance, digit = divmod(chance, 10)
        account.append(str(digit) if character.isdigit() else "X")
    inside = bank + "".join(account)
    check = 98 - _number(inside + country + "00") % 97
    return _laid_into(original, f"{country}{check:02}{inside}")


_MAKERS: Final[dict[str, Callable[[str, int], str | None]]] = {
    "email": _email,
    "phone": _phone,
    "payment_card": _payment_card,
    "iban": _iban,
    "ip_address": _ip_address,
    "mac_address": _mac_address,
}

CATEGORIES: Final = tuple(_MAKERS)
"""Those that have look-alikes."""


def _number(text: str) -> int:
    """Letters are 10 to 35 (ISO 13616-1 section 6)."""
    return int("".join(str(int(character, 36)) for character in text))


def _laid_into(original: str, made: str) -> str:
    """`made` with what separates the letters and digits of `original`."""
    fresh = iter(made)
    return "".join(next(fresh, "") if c.isascii() and c.isalnum() else c for c in original)


def _north_american_ways(number: str) -> list[str]:
    area, exchange, line = number[:3], number[3:6], number[6:]
    bodies = (
        f"({area}) {exchange}-{line}",
        *(f"{area}{mark}{exchange}{mark}{line}" for mark in ("-", ".", " ", "")),
    )
    return [lead + body for lead in ("", "1 ", "1-", "+1 ", "+1-", "+1") for body in bodies]
