"""What is gathered while a request is read: options, and the rest that nested members leave.

>>> reading = Reading()
>>> reading.put(reading.members, "metadata", "team", "shop")
>>> reading.members
{'metadata': {'team': 'shop'}}
"""

from detente.canonical.extras import Json, Obj
from detente.canonical.loss import Severity
from detente.canonical.request import Option
from detente.dialects.anthropic_messages.words import NAME


class Reading:
    """One request being read; `spelling`, `members` and `marks` end in its extras."""

    __slots__ = ("marks", "members", "options", "spelling")

    def __init__(self) -> None:
        self.options: list[Option] = []
        self.spelling: Obj = {}
        self.members: Obj = {}
        self.marks: list[str] = []

    def option(self, name: str, value: Json, severity: Severity = "drop") -> None:
        """What only this API has; `name` has a dot where it stands in another member."""
        self.options.append(Option(dialect=NAME, name=name, value=value, severity=severity))

    def put(self, target: Obj, outer: str, name: str, value: Json) -> None:
        """`name` of the member `outer`, into `spelling` or `members`."""
        inner = target.setdefault(outer, {})
        if type(inner) is dict:
            inner[name] = value
