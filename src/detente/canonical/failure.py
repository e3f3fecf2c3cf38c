"""What can go wrong, by whose fault it is.

A `Failure` is a value that a client dialect can render. The exceptions carry one across a
call that cannot return it. The type says who has to act: the client, the provider, the
parties of an agreement, or us.

>>> raise ClientFault("model_unknown", "unknown model `gpt-9`; see `detente models`")
Traceback (most recent call last):
detente.canonical.failure.ClientFault: unknown model `gpt-9`; see `detente models`
"""

from typing import Final, Literal

import msgspec

Blame = Literal["client", "provider", "agreement", "ours"]

FailureKind = Literal[
    "capacity",
    "quota",
    "funds",
    "credentials",
    "permission",
    "model_unknown",
    "region",
    "clock",
    "address",
    "redirect",
    "timeout",
    "platform",
    "content",
    "too_long",
    "request",
]
"""What a provider's failure is about.

`capacity`: no room for this request now. `quota`, `funds`: an allowance or the money of our
account there is used up, which waiting for a moment does not cure. `credentials`: ours are wrong or
expired. `permission`: they may not do this. `model_unknown`: the deployment's id means nothing
there, or is not served to this account. `region`: it is not served from or to this region.
`clock`: ours is wrong. `address`: nothing is served at this path. `redirect`: it is elsewhere.
`timeout`: the platform gave up waiting. `platform`: anything else of its own making. The last three
are the client's to read: `content` was refused by a filter, the prompt is `too_long`, the `request`
is wrong.
"""

BLAME: Final[dict[FailureKind, Blame]] = {
    "capacity": "provider",
    "quota": "ours",
    "funds": "ours",
    "credentials": "ours",
    "permission": "ours",
    "model_unknown": "ours",
    "region": "ours",
    "clock": "ours",
    "address": "ours",
    "redirect": "ours",
    "timeout": "provider",
    "platform": "provider",
    "content": "client",
    "too_long": "client",
    "request": "client",
}
"""Who has to act; `ours` is whoever runs this gateway: its configuration, accounts and clock."""

RefusalSignal = Literal["429", "503", "capacity_error", "unreachable", "timeout"]
"""How a provider says that it has no capacity for this request.

`429` and `503` are statuses; `capacity_error` is a provider's own word (Anthropic's 529
`overloaded_error`, say); `unreachable` is no connection; `timeout` is no first byte within
the time that a clause or the configuration grants.
"""

ERROR_STATUS: Final[dict[str, int]] = {
    "request_invalid": 400,
    "key_invalid": 401,
    "agreement_denied": 403,
    "agreement_conflict": 403,
    "agreement_unknown": 403,
    "guardrail_blocked": 403,
    "model_not_allowed": 403,
    "price_unknown": 403,
    "role_missing": 403,
    "model_unknown": 404,
    "path_unknown": 404,
    "method_not_allowed": 405,
    "request_timeout": 408,
    "request_too_large": 413,
    "loss_refused": 422,
    "budget_exhausted": 429,
    "rate_limited": 429,
    "head_too_large": 431,
    "internal_error": 500,
    "upstream_failed": 502,
    "no_deployment": 503,
    "ledger_unavailable": 503,
    "overloaded": 503,
    "store_unavailable": 503,
    "deadline_exceeded": 504,
}
"""Every error code that a client can meet, with its HTTP status. Codes are stable."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """One failed step, in words that are safe to show: never a prompt, never a secret.

    `message` is one sentence, identifiers in backticks, then the cure. `status` is the HTTP
    status towards the client. `signal` is set where a provider's answer counts as a refusal
    ("no capacity"). `retryable` says whether another deployment may do better. `kind` is set
    where a provider's answer was judged.
    """

    code: str
    message: str
    blame: Blame
    status: int = 0
    signal: RefusalSignal | None = None
    retryable: bool = False
    retry_after_ms: int | None = None
    kind: FailureKind | None = None

    @property
    def is_refusal(self) -> bool:
        """Whether the provider said "no capacity", which an agreement may ask for."""
        return self.signal is not None


class Fault(Exception):
    """Base of the exceptions that carry a `Failure`; raise one of its subclasses."""

    blame: Blame = "ours"

    def __init__(self, code: str, message: str, *, retry_after_ms: int | None = None) -> None:
        super().__init__(message)
        self.failure = Failure(
            code=code,
            message=message,
            blame=self.blame,
            status=ERROR_STATUS[code],
            retry_after_ms=retry_after_ms,
        )


class ClientFault(Fault):
    """The client sent something that cannot be served; it has to change the request."""

    blame: Blame = "client"


class ProviderFault(Fault):
    """The provider answered something that cannot be used; the client is not to blame."""

    blame: Blame = "provider"


class AgreementRefusal(Fault):
    """The agreements in force do not allow the request."""

    blame: Blame = "agreement"


class OurBug(Fault):
    """An invariant of ours does not hold."""

    blame: Blame = "ours"
