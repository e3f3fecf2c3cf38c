"""Which digits are a telephone number somewhere, and how that country writes it.

The numbering plans are those that phonenumbers carries (Google's libphonenumber); they are asked
directly, since the library's own parser takes fifty times as long, and a test holds the answers to
the library's. It is imported with the first number, and needs the extra `guardrails`.

>>> sorted(in_region("4155550132", "US").breaks)
[4, 7]
"""

import re
from functools import cache
from typing import Any, Final, cast

import msgspec

DIGITS_MIN: Final = 7
DIGITS_MAX: Final = 15
"""ITU-T E.164 §6.1 for the most, with the country; fewer than seven are a service's or an
extension's."""
CALLING_CODE_DIGITS_MAX: Final = 3
PREFIX_DIGITS_MAX: Final = 2
"""What is dialled before a number at home, without a carrier's choice."""
TRANSFORMED_DIGITS_MAX: Final = 3
"""What is dialled more where numbers have other digits at home."""
NATIONAL_DIGITS_MAX: Final = DIGITS_MAX + PREFIX_DIGITS_MAX
"""With what is dialled before it at home."""
_KINDS: Final = (
    *("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "voip"),
    *("personal_number", "pager", "uan", "voicemail"),
)
_FIXED: Final = re.compile(r"\(\\d(?:\{([0-9]+)\})\)")
_ALL_FIXED: Final = re.compile(rf"(?:{_FIXED.pattern})+")
"""Groups of so many digits each, as forms have them."""


class Number(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A number that exists in a plan: `length` digits without what is dialled before them.
    `breaks` are where its country parts the digits, counted from the last; `has_prefix` is whether
    they begin with a 0 when they are dialled at home."""

    length: int
    breaks: frozenset[int]
    has_prefix: bool


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """How numbers that begin with `leading` and fit `groups` are written: all alike where the
    groups are `fixed`."""

    leading: re.Pattern[str]
    groups: re.Pattern[str]
    has_prefix: bool
    fixed: Number | None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One region's numbers: what they look like (`general`), which of these there are (`kinds`),
    how they are written, and what is dialled before them at home (`prefix`, which leaves `left`).
    `lengths` are those of digits as they are dialled."""

    general: re.Pattern[str]
    kinds: re.Pattern[str]
    lengths: frozenset[int]
    forms: tuple[Form, ...]
    prefix: re.Pattern[str] | None
    left: str | None


def in_region(digits: str, region: str) -> Number | None:
    """What `digits` are when dialled in a region (ISO 3166), None where they are no number there,
    nor in a region with the same calling code (in the United States: in Canada)."""
    plans = _home_plans(region)
    if not plans or len(digits) not in plans[0].lengths:
        return None
    for plan in plans:
        number = _without_prefix(plan, digits)
        if number is not None:
            return _written(plans[0], number)
    return None


def is_international(digits: str) -> bool:
    """Whether digits, from the calling code on, are a number of some country."""
    if not DIGITS_MIN <= len(digits) <= NATIONAL_DIGITS_MAX:
        return False
    for length in range(1, CALLING_CODE_DIGITS_MAX + 1):
        plans = _plans(int(digits[:length]))
        if plans:
            rest = digits[length:]
            return any(_without_prefix(plan, rest) is not None for plan in plans)
    return False


@cache
def dialled_lengths(regions: tuple[str, ...]) -> frozenset[int]:
    """How many digits are dialled inside some regions."""
    plans = (_home_plans(region) for region in regions)
    return frozenset(length for found in plans if found for length in found[0].lengths)


def is_region(region: str) -> bool:
    """Whether there is a numbering plan for a region."""
    return bool(_home_plans(region))


def _without_prefix(plan: Plan, digits: str) -> str | None:
    """The number itself, of what is dialled at home; None where there is none of the kinds."""
    number = digits
    found = plan.prefix.match(digits) if plan.prefix is not None else None
    if found is not None:
        number = digits[found.end() :]
        if plan.left is not None and found.lastindex is not None:
            number = found.expand(plan.left) + number
        if plan.general.fullmatch(number) is None:
            number = digits
    return None if plan.kinds.fullmatch(number) is None else number


def _written(plan: Plan, number: str) -> Number:
    for form in plan.forms:
        found = form.groups.fullmatch(number) if form.leading.match(number) else None
        if found is not None:
            return form.fixed or _number(form.has_prefix, found)
    return Number(length=len(number), breaks=frozenset(), has_prefix=False)


def _number(has_prefix: bool, written: re.Match[str]) -> Number:
    """A number by the groups that it is written in."""
    length = written.end()
    ends = [written.end(index) for index in range(1, (written.lastindex or 1))]
    breaks = frozenset([length - end for end in ends])
    return Number(length=length, breaks=breaks, has_prefix=has_prefix)


@cache
def _home_plans(region: str) -> tuple[Plan, ...]:
    """A region's plan, and what is left of those with its calling code."""
    from phonenumbers import PhoneMetadata  # noqa: PLC0415 - only whoever looks needs it

    own = cast("Any", PhoneMetadata.metadata_for_region(region))
    if own is None:
        return ()
    home = _plan_of([own])
    others = _plans(int(own.country_code))
    forms = home.forms or others[0].forms
    # From here, the others are dialled as they are written, and not as at their homes.
    dialled = (msgspec.structs.replace(one, prefix=home.prefix, left=None) for one in others)
    return (msgspec.structs.replace(home, forms=forms), *dialled)


@cache
def _plans(calling_code: int) -> tuple[Plan, ...]:
    """The plan of a calling code's main region, or of no country (satellites and the like), and
    one of all its others."""
    from phonenumbers import (  # noqa: PLC0415 - as above
        COUNTRY_CODE_TO_REGION_CODE,
        PhoneMetadata,
    )

    regions = COUNTRY_CODE_TO_REGION_CODE.get(calling_code, ())
    found = [
        cast("Any", PhoneMetadata.metadata_for_region_or_calling_code(calling_code, region))
        for region in regions
    ]
    return tuple(_plan_of(some) for some in (found[:1], found[1:]) if some)


def _plan_of(several: list[Any]) -> Plan:
    """A plan as the library has it (its `phonemetadata.py`, 9.0); of several the first one's
    prefix and forms, with the numbers of all."""
    first = several[0]
    prefix = first.national_prefix_for_parsing
    lengths = {length for one in several for length in one.general_desc.possible_length}
    added = {len(first.national_prefix or "0")}
    if first.national_prefix_transform_rule:  # digits within, too: Argentina's 15 of mobiles
        added |= set(range(1, TRANSFORMED_DIGITS_MAX + 1))
    longer = {length + more for length in lengths for more in added}
    return Plan(
        general=re.compile("|".join(one.general_desc.national_number_pattern for one in several)),
        kinds=re.compile("|".join(_kinds(one) for one in several)),
        lengths=frozenset(
            length
            for length in (lengths | longer if prefix else lengths)
            if DIGITS_MIN <= length <= NATIONAL_DIGITS_MAX
        ),
        forms=tuple(_form(one) for one in first.number_format),
        prefix=re.compile(prefix) if prefix else None,
        left=first.national_prefix_transform_rule,
    )


def _kinds(data: Any) -> str:
    """A pattern of the numbers that there are: of some kind, and of what numbers look like."""
    kinds = [_kind(getattr(data, name), data.general_desc) for name in _KINDS]
    some = "|".join(kind for kind in kinds if kind)
    return rf"(?=(?:{data.general_desc.national_number_pattern})\Z)(?:{some})"


def _kind(kind: Any, general: Any) -> str:
    """A pattern of numbers of one kind, with the lengths that they have."""
    if kind is None or kind.national_number_pattern is None:
        return ""
    lengths = kind.possible_length or general.possible_length
    wanted = "|".join(f"[0-9]{{{length}}}" for length in lengths)
    return rf"(?=(?:{wanted})\Z)(?:{kind.national_number_pattern})"


def _form(form: Any) -> Form:
    leading = form.leading_digits_pattern[-1] if form.leading_digits_pattern else ""
    has_prefix = (form.national_prefix_formatting_rule or "").lstrip("(").startswith("0")
    groups = re.compile(form.pattern)
    sizes = _FIXED.findall(form.pattern) if _ALL_FIXED.fullmatch(form.pattern) else []
    shortest = groups.fullmatch("0" * sum(map(int, sizes)))
    return Form(
        leading=re.compile(leading),
        groups=groups,
        has_prefix=has_prefix,
        fixed=_number(has_prefix, shortest) if sizes and shortest is not None else None,
    )
