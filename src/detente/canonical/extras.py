"""What a dialect says that the canonical form has no word for.

Every canonical value that stands for an object on the wire can carry the rest of that object: its
`Extras`, tagged with the dialect. An encoder of the same dialect lays them over what it builds, so
that nothing is lost between equals; an encoder of another dialect names the unknown members among
its losses.

>>> Extras(dialect="openai_chat", members={"brand_new": 1}).members
{'brand_new': 1}
"""

from typing import TypeAlias, Union

import msgspec

from detente.canonical.model import Dialect

Json: TypeAlias = Union[  # noqa: UP007 -- a recursive alias needs it
    bool, int, float, str, list["Json"], dict[str, "Json"], None
]
"""What a JSON text decodes to."""

Obj: TypeAlias = dict[str, Json]
"""A JSON object."""


class Extras(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The rest of one object of `dialect`.

    `members` are what the codec does not know: lost, and named, in any other dialect. `spelling`
    is how this dialect wrote what the canonical form does carry (an explicit null, an empty list,
    a synonym): never lost, for it means nothing more. Both are laid over the encoded object,
    member by member, objects within objects too. `marks` are choices of form that no member can
    say (`listed`: a lone text was written as a list of parts).
    """

    dialect: Dialect
    members: Obj = {}
    spelling: Obj = {}
    marks: tuple[str, ...] = ()
