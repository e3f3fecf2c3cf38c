"""The meaning of errors that the platforms share; each kind adds its own words.

`common_judge` is what most kinds need: it reads status, codes and sentences of every shape. What
the client has to read (a wrong request, a blocked prompt) is None; what speaks of our account, our
configuration or of their capacity is a `Failure` that may move on to another deployment.

>>> common_judge("Azure", 404, {}, b'{"error":{"code":"DeploymentNotFound"}}').kind
'model_unknown'
>>> common_judge("Azure", 400, {}, b'{"error":{"code":"content_filter"}}') is None
True
"""

from collections.abc import Mapping
from typing import Final

from detente.canonical.failure import BLAME, ERROR_STATUS, Failure, FailureKind, RefusalSignal
from detente.providers._error_body import WAIT_MS_MAX, ErrorWords, read_error
from detente.providers._error_cures import cure_of
from detente.providers._error_words import worded_kind

RETRY_AFTER_MS_MAX: Final = WAIT_MS_MAX

WAITS: Final = ((b"retry-after-ms", 1), (b"x-amz-retry-after", 1), (b"retry-after", 1000))
"""Where a wait stands, and how many milliseconds its unit has."""

API_KEY: Final = "its `api_key`"
"""The setting that most platforms take credentials from."""

SIGNALS: Final[dict[int, RefusalSignal]] = {429: "429", 503: "503", 529: "capacity_error"}
"""Statuses that say "no capacity"; 529 is Anthropic's, wherever its models live."""

NO_STATUSES: Final[Mapping[int, FailureKind]] = {}

_STATUSES: Final[dict[int, FailureKind]] = {
    401: "credentials",
    402: "funds",
    403: "permission",
    408: "timeout",
    413: "too_long",
    504: "timeout",
}
"""What a status means that no word explains."""
_STATUS_TO_CLIENT: Final[dict[FailureKind, int]] = {"funds": 429, "quota": 429}


def common_judge(
    platform: str,
    status: int,
    headers: Mapping[bytes, bytes],
    body: bytes,
    *,
    setting: str = API_KEY,
    statuses: Mapping[int, FailureKind] = NO_STATUSES,
) -> Failure | None:
    """What an answer means; None is an answer for the client.

    `headers` are by lower-case name. `setting` is what the platform's credentials are configured
    by, with backticks; `statuses` are those to which it gives a meaning of its own.
    """
    if status < 300:
        return None
    error = read_error(body)
    kind = kind_of(status, error, statuses)
    if BLAME[kind] == "client":
        return None
    if kind == "capacity":
        return refused(
            platform, SIGNALS.get(status, "capacity_error"), status, headers, wait_ms=error.wait_ms
        )
    return failed_as(platform, kind, status=status, setting=setting, error=error)


def kind_of(
    status: int, error: ErrorWords, statuses: Mapping[int, FailureKind] = NO_STATUSES
) -> FailureKind:
    """What an answer of 300 and above is about: by its words, then by its status."""
    if status < 400:
        return "redirect"
    if status in statuses:
        return statuses[status]
    kind = worded_kind(error)
    if status in SIGNALS:
        return "funds" if status == 429 and kind == "funds" else "capacity"
    if status >= 500 or status == 407:  # 407 is of a proxy between us and the platform
        return _STATUSES.get(status, "platform")
    unread = "request" if error.is_json or status != 404 else "address"
    return kind or _STATUSES.get(status, unread)


def retry_after_ms(headers: Mapping[bytes, bytes]) -> int | None:
    """How long to wait, None where nobody says.

    From `retry-after-ms`, AWS's `x-amz-retry-after` in ms, or `retry-after` in seconds.
    """
    for name, factor in WAITS:
        try:
            value = float(headers[name])
        except (KeyError, ValueError):
            continue
        wait_ms = value * factor
        if 0 <= wait_ms <= RETRY_AFTER_MS_MAX:
            return int(wait_ms)
    return None


def refused(
    platform: str,
    signal: RefusalSignal,
    status: int,
    headers: Mapping[bytes, bytes],
    *,
    wait_ms: int | None = None,
) -> Failure:
    """The platform said that it has no capacity for this request.

    `wait_ms` is how long it asks to wait where no header says so.
    """
    return Failure(
        code="upstream_failed",
        message=f"{platform} {_said('capacity', status, API_KEY)}",
        blame="provider",
        status=status,
        signal=signal,
        retryable=True,
        retry_after_ms=wait_ms if (said := retry_after_ms(headers)) is None else said,
        kind="capacity",
    )


def failed_as(
    platform: str,
    kind: FailureKind,
    *,
    status: int = 0,
    setting: str = API_KEY,
    error: ErrorWords | None = None,
) -> Failure:
    """A failure of a kind, in the sentence that all platforms share, unless the error's own words
    name a better cure; `status` is the platform's."""
    assert BLAME[kind] != "client"
    cure = None if error is None else cure_of(kind, error, setting)
    return failed(platform, cure or _said(kind, status, setting), kind=kind)


def failed(
    platform: str, said: str, *, status: int | None = None, kind: FailureKind = "platform"
) -> Failure:
    """The platform failed, in words of its own (`said` follows its name); another one may do
    better. `status` is that towards the client."""
    return Failure(
        code="upstream_failed",
        message=f"{platform} {said}",
        blame=BLAME[kind],
        status=status or _STATUS_TO_CLIENT.get(kind, ERROR_STATUS["upstream_failed"]),
        retryable=True,
        kind=kind,
    )


def _said(kind: FailureKind, status: int, setting: str) -> str:
    """What happened, and the cure."""
    return {
        "capacity": "has no capacity for this request; try again later",
        "quota": "has no quota left for the account of the gateway's key; have it raised there",
        "funds": f"has no funds left on the account of {setting}; raise its limit or pay there",
        "credentials": f"rejected the gateway's credentials; check {setting}",
        "permission": f"does not let the gateway's credentials do this; check {setting}, its "
        "rights, and the account's access to the model",
        "model_unknown": "does not serve the deployment's model here; check its `id`, and that the "
        "account has access to it in this region",
        "region": "does not serve this account from here; check `region`, or that in `base_url`, "
        "and the account's billing there",
        "clock": "finds the time of the request wrong; set the clock of the gateway's machine",
        "address": "serves nothing at this path; check `base_url` and `api_version`",
        "redirect": "answered with a redirect, which is not followed; check `base_url`",
        "timeout": f"gave up with status {status}; try again",
        "platform": f"failed with status {status}; try again",
    }[kind]
