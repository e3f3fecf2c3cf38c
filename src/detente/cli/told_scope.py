"""A key or a project as lines for people: what it may use and spend as the options say it.

Not here: JSON, which has every member.

>>> list(lines_of(project))
['name = shop', 'source = store', 'budgets = 1000/month']
"""

from collections.abc import Iterator
from datetime import datetime

from detente.cli.scope_options import budget_text, limit_text
from detente.configuration.callers import BudgetEntry, LimitEntry
from detente.gateway.callers.key_forms import KeyShown, ProjectShown, SecretShown

Item = str | datetime | BudgetEntry | LimitEntry | SecretShown | None


def lines_of(shown: KeyShown | ProjectShown) -> Iterator[str]:
    """One line for each member that says something."""
    labels = ", ".join(f"{name}={value}" for name, value in shown.labels.items())
    for member in shown.__struct_fields__:
        said = labels if member == "labels" else _said(getattr(shown, member))
        if member in ("models", "deployments") and getattr(shown, member) == ():
            said = "none"  # nothing may be used, where no word means that everything may
        if said:
            yield f"{member} = {said}"


def time_text(at: datetime | None) -> str:
    """A time to the second."""
    return "" if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _said(value: Item | tuple[Item, ...]) -> str:
    if isinstance(value, tuple):
        return ", ".join(filter(None, map(_said, value)))
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, BudgetEntry):
        return budget_text(value)
    if isinstance(value, LimitEntry):
        return limit_text(value)
    if isinstance(value, SecretShown):
        until = "" if value.expires_at is None else f" until {time_text(value.expires_at)}"
        return f"{value.prefix}…{until}" if value.prefix else ""
    return "" if value is None else value
