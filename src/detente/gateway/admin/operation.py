"""One route of the admin API as a value: what it takes, what it answers, which permission it needs.

`api.py` decodes and checks what it declares before its handler runs, and `openapi.py` publishes the
same, so that the document cannot say anything else than the code does.

    KEYS: Final = (
        Operation(
            name="create_key",
            method="POST",
            path="/admin/v1/keys",
            summary="Make a key; its secret is in this answer only.",
            permission="keys_write",
            body=KeyAsked,
            answers={201: KeyMade},
            handler=create_key,
        ),
    )

    async def create_key(parts: AdminParts, call: Call) -> Answer:
        asked = call.body_of(KeyAsked)
        if not call.sees(asked.project):
            raise Refused("unknown", "no project `x` of yours; ...")
        ...
        return Answer(KeyMade(...), status=201)
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Literal, TypeVar

import msgspec

from detente.gateway.admin.access import Asker
from detente.gateway.admin.parts import AdminParts
from detente.principals.roles import Permission, Reach

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Code = Literal[
    "request_invalid",
    "host_invalid",
    "key_invalid",
    "role_missing",
    "unknown",
    "method_not_allowed",
    "conflict",
    "request_too_large",
    "not_json",
    "body_invalid",
    "store_unavailable",
    "audit_unavailable",
    "worker_silent",
]
REFUSAL_STATUS: Final[dict[Code, int]] = {
    "request_invalid": 400,
    "host_invalid": 400,
    "key_invalid": 401,
    "role_missing": 403,
    "unknown": 404,
    "method_not_allowed": 405,
    "conflict": 409,
    "request_too_large": 413,
    "not_json": 415,
    "body_invalid": 422,
    "store_unavailable": 503,
    "audit_unavailable": 503,
    "worker_silent": 503,
}
"""Every code that the admin API refuses with, and its status."""
JSON: Final = "application/json"
NOBODY: Final = Asker(name="nobody", role="member")
"""Who asks what everybody may."""
_PARAMETER: Final = re.compile(r"\{([a-z_]+)\}")
_T = TypeVar("_T")


class Nothing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a command that says all by itself: `{}`, or nothing at all."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why the admin API did not do what it was asked: a code, and sentences with their cures."""

    code: Code
    errors: tuple[str, ...]


class Refused(Exception):
    """Ends a handler; the message is one sentence that names the cure."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.refusal = Refusal(code=code, errors=(message,))
        self.status = REFUSAL_STATUS[code]


class Answer(msgspec.Struct, frozen=True):
    """What a handler answers: a value that its operation declares, or bytes as they are."""

    body: object
    status: int = 200


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request: who asks, and what it declares, decoded and checked.

    `reach` is how far the asker's role has the operation's permission.
    """

    asker: Asker = NOBODY
    reach: Reach = "own"
    path: Mapping[str, str] = {}
    query: object = None
    body: object = None

    def sees(self, project: str | None) -> bool:
        """Whether what belongs to `project` (None: the whole organisation) is theirs to see.

        What is not must be answered as what does not exist is.
        """
        return self.reach == "all" or (project is not None and project == self.asker.project)

    def body_of(self, kind: type[_T]) -> _T:
        """The body, which the operation declares to be of that kind."""
        assert isinstance(self.body, kind)
        return self.body

    def query_of(self, kind: type[_T]) -> _T:
        """The query's parameters, which the operation declares to be of that kind."""
        assert isinstance(self.query, kind)
        return self.query


Handler = Callable[[AdminParts, Call], Awaitable[Answer]]


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """A method of a path.

    `name` is its name in the OpenAPI document. `permission` None is for everybody, health alone.
    `answers` are the kinds of body by status, besides those refusals that every operation of its
    form may answer with; `refuses` are further codes of its own. `query` is a struct whose fields
    are the parameters, all with defaults. `told` names members of the body that the audit list
    keeps, never a secret. `media` is what a GET answers that is not JSON.
    """

    name: str
    method: Method
    path: str
    summary: str
    permission: Permission | None
    answers: Mapping[int, type[msgspec.Struct]]
    handler: Handler
    body: type[msgspec.Struct] | None = None
    query: type[msgspec.Struct] | None = None
    refuses: tuple[Code, ...] = ()
    told: tuple[str, ...] = ()
    media: str = JSON

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the path's parameters."""
        return tuple(_PARAMETER.findall(self.path))

    @property
    def changes(self) -> bool:
        """Whether it changes something, and so is written down and takes commands as JSON only."""
        return self.method != "GET"
