"""Prices as rows of text: what importers make, and how it stands in a configuration.

Not read at run time: `prices.py` reads what is written here, as it does any other row.

>>> print(written((WrittenPrice(model="p/m", meters={"input": Decimal(2)}, source="page"),)))
[[prices]]
model = "p/m"
input = "2"
source = "page"
"""

import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import msgspec


class WrittenPrice(msgspec.Struct, frozen=True, kw_only=True):
    """One row: `meters` by the words of `[[prices]]`, in US dollars a million tokens."""

    model: str
    meters: dict[str, Decimal]
    source: str
    provider: str = "*"
    from_: date | None = None
    until: date | None = None
    input_tokens_over: int = 0
    tier: str | None = None
    zone: str | None = None


def written(rows: Iterable[WrittenPrice]) -> str:
    """The rows as `[[prices]]` of a configuration, in the order in which they count.

    The first row that holds counts, so newer ones and those for longer prompts come first.
    """
    return "\n\n".join(_row(row) for row in in_order(rows))


def in_order(rows: Iterable[WrittenPrice]) -> list[WrittenPrice]:
    """By model and provider; of one model the newest first, and of one day the longest prompts."""
    newest = sorted(
        rows, key=lambda row: (row.from_ or date.min, row.input_tokens_over), reverse=True
    )
    return sorted(newest, key=lambda row: (row.model, row.provider))


def usd(amount: Decimal) -> str:
    """An amount in plain digits, without zeros that say nothing.

    >>> usd(Decimal("2.50")), usd(Decimal("3E+1"))
    ('2.5', '30')
    """
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def quoted(text: str) -> str:
    """A basic string of TOML; JSON's escapes are among TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _row(row: WrittenPrice) -> str:
    lines = ["[[prices]]", f"model = {quoted(row.model)}"]
    if row.provider != "*":
        lines.append(f"provider = {quoted(row.provider)}")
    lines += [
        f"{key} = {day.isoformat()}"
        for key, day in (("from", row.from_), ("until", row.until))
        if day is not None
    ]
    if row.input_tokens_over:
        lines.append(f"input_tokens_over = {row.input_tokens_over}")
    lines += [
        f"{key} = {quoted(word)}"
        for key, word in (("tier", row.tier), ("zone", row.zone))
        if word is not None
    ]
    lines += [f'{word} = "{usd(amount)}"' for word, amount in row.meters.items()]
    lines.append(f"source = {quoted(row.source)}")
    return "\n".join(lines)
