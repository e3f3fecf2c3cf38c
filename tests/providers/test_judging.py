"""The meaning of errors that all kinds share; `tests/recorded/test_meaning.py` has the recorded."""

import pytest

from detente.canonical.failure import BLAME, FailureKind
from detente.providers import ProviderKind, kinds
from detente.providers._error_body import read_error
from detente.providers._judging import common_judge, failed_as, kind_of, retry_after_ms

every_kind = pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.name)
SECRETS = (
    b"authorization",
    b"x-api-key",
    b"api-key",
    b"cookie",
    b"proxy-authorization",
    b"x-forwarded-for",
    b"openai-organization",
    b"openai-project",
    b"anthropic-workspace-id",
    b"accept-encoding",
    b"host",
    b"content-length",
    b"connection",
    b"transfer-encoding",
    b"x-detente-labels",
    b"idempotency-key",
)


@every_kind
@pytest.mark.parametrize("status", [200, 201, 400, 404, 409, 413, 422])
def test_answers_for_the_client(kind: ProviderKind, status: int) -> None:
    assert kind.judge(status, {}, b'{"error":{"message":"x"}}') is None


@every_kind
@pytest.mark.parametrize(("status", "signal"), [(429, "429"), (503, "503")])
def test_refusals(kind: ProviderKind, status: int, signal: str) -> None:
    failure = kind.judge(status, {b"retry-after": b"2"}, b"")
    assert failure is not None
    assert (failure.signal, failure.retryable) == (signal, True)
    assert (failure.status, failure.retry_after_ms) == (status, 2000)


@every_kind
@pytest.mark.parametrize("status", [301, 307, 401, 403, 407, 408, 500, 502, 504, 520, 599])
def test_failures(kind: ProviderKind, status: int) -> None:
    failure = kind.judge(status, {}, b"a prompt that must not be told")
    assert failure is not None
    assert (failure.code, failure.status, failure.signal) == ("upstream_failed", 502, None)
    assert failure.retryable
    assert "prompt" not in failure.message
    assert ("`api_key`" in failure.message) is (status in (401, 403))
    assert ("`base_url`" in failure.message) is (status < 400)


@every_kind
def test_nothing_secret_is_forwarded(kind: ProviderKind) -> None:
    assert kind.forwarded_headers.isdisjoint(SECRETS)
    assert {b"accept", b"content-type", b"user-agent"} <= kind.forwarded_headers
    assert all(name == name.lower() for name in kind.forwarded_headers)


@pytest.mark.parametrize(
    ("headers", "wait_ms"),
    [
        ({}, None),
        ({b"retry-after": b"7"}, 7000),
        ({b"retry-after": b"0.5"}, 500),
        ({b"retry-after": b"7", b"retry-after-ms": b"120"}, 120),
        ({b"retry-after": b"7", b"x-amz-retry-after": b"1500"}, 1500),
        ({b"retry-after": b"Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({b"retry-after": b"7", b"retry-after-ms": b"soon"}, 7000),
        ({b"retry-after": b"-1"}, None),
        ({b"retry-after": b"nan"}, None),
        ({b"retry-after": b"inf"}, None),
        ({b"retry-after": b"\xff"}, None),
    ],
)
def test_retry_after(headers: dict[bytes, bytes], wait_ms: int | None) -> None:
    assert retry_after_ms(headers) == wait_ms


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (302, b"", "redirect"),
        (400, b'{"error":{"code":"invalid_value"}}', "request"),
        (400, b'{"error":{"code":"content_filter"}}', "content"),
        (400, b'{"error":{"code":"context_length_exceeded"}}', "too_long"),
        (400, b'{"error":{"code":"model_not_found"}}', "model_unknown"),
        (400, b'{"code":"x","error":"Incorrect API key provided: no"}', "credentials"),
        (401, b"", "credentials"),
        (401, b'{"error":{"code":"incorrect_hostname"}}', "region"),
        (402, b"", "funds"),
        (403, b"{}", "permission"),
        (403, b'{"error":{"code":"unsupported_country_region_territory"}}', "region"),
        (403, b'{"message":"Signature expired: 1"}', "clock"),
        (404, b'{"error":{"code":"DeploymentNotFound"}}', "model_unknown"),
        (404, b'{"error":{"code":"404","message":"Resource not found"}}', "address"),
        (404, b"404 page not found", "address"),
        (404, b'{"error":{"message":"no such response"}}', "request"),
        (407, b"", "platform"),
        (408, b"", "timeout"),
        (413, b"", "too_long"),
        (422, b'{"detail":[]}', "request"),
        (429, b'{"error":{"code":"model_not_found"}}', "capacity"),
        (429, b'{"error":{"code":"billing_not_active"}}', "funds"),
        (498, b"", "request"),
        (500, b'{"error":{"code":"model_not_found"}}', "platform"),
        (503, b'{"error":{"code":"insufficient_quota"}}', "capacity"),
        (504, b"", "timeout"),
        (529, b"", "capacity"),
    ],
)
def test_kinds(status: int, body: bytes, kind: FailureKind) -> None:
    assert kind_of(status, read_error(body)) == kind
    failure = common_judge("Azure", status, {}, body)
    if BLAME[kind] == "client":
        assert failure is None
        return
    assert failure is not None
    assert (failure.kind, failure.blame) == (kind, BLAME[kind])
    assert (failure.signal is not None) is (kind == "capacity")
    assert failure.message.startswith("Azure ")
    assert "; " in failure.message
    assert "\n" not in failure.message


def test_a_status_can_have_a_meaning_of_its_own() -> None:
    failure = common_judge("X", 498, {}, b"", setting="`key_file`", statuses={498: "credentials"})
    assert failure is not None
    assert (failure.kind, failure.message) == (
        "credentials",
        "X rejected the gateway's credentials; check `key_file`",
    )


def test_a_wait_in_the_body_counts_where_no_header_has_one() -> None:
    body = b'{"error":{"details":[{"retryDelay":"3s"}]}}'
    for headers, wait_ms in (({}, 3000), ({b"retry-after": b"9"}, 9000)):
        failure = common_judge("Google", 429, headers, body)
        assert failure is not None
        assert failure.retry_after_ms == wait_ms


@pytest.mark.parametrize("kind", [kind for kind in BLAME if BLAME[kind] != "client"])
def test_every_kind_has_its_sentence(kind: FailureKind) -> None:
    failure = failed_as("Azure", kind, status=500)
    assert failure.kind == kind
    assert failure.retryable


@every_kind
@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_credential_names_every_setting_that_it_may_come_from(
    kind: ProviderKind, status: int
) -> None:
    failure = kind.judge(status, {}, b"{}")
    assert failure is not None
    assert "`api_key`" in failure.message
    assert ("`credentials`" in failure.message) == (kind.chain is not None)
