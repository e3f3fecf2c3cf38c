"""What one deployment is sent: its own demands last."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from detente.canonical.model import Deployment
from detente.dialects import spec_of
from detente.dialects.codec import Target
from detente.dialects.members import MemberEdits
from detente.gateway.http.message import Request, Response
from detente.gateway.outbound import judged, outbound
from detente.gateway.upstream.dial import Address
from detente.gateway.upstream.endpoint import Endpoint, Step
from detente.providers._headroom import read_azure_headroom, read_headroom
from detente.providers.credentials import Lease
from detente.providers.openai import judge

NOW = datetime(2026, 11, 22, tzinfo=UTC)
BODY = b'{"model":"gpt-4","messages":[],"stream":true,"service_tier":"priority","max_tokens":9}'


class Refusals:
    """A renewal that counts what it is told."""

    count = 0
    lease: Lease | None = None

    def refused(self) -> None:
        self.count += 1


def step(edits: MemberEdits | None, *, asks_usage: bool = True, renewal: Any = None) -> Step:
    spec = spec_of("openai_chat")
    endpoint = Endpoint(
        deployment=Deployment(
            id="a/up", model="openai/gpt-4", provider="a", kind="openai", upstream_id="up", host="h"
        ),
        spec=spec,
        address=Address(host="h", port=1, tls=False),
        pool=None,  # pyright: ignore[reportArgumentType] -- nothing is sent here
        head=b"POST /whole HTTP/1.1\r\n",
        stream_head=b"POST /stream HTTP/1.1\r\n",
        own_lines=b"",
        codec=None,
        target=Target(model="up"),
        envelope=None,
        sign=lambda body, stream, now: b"x-signed: %d %d %d\r\n" % (len(body), stream, now.year),
        renewal=renewal,
        edits=edits,
        asks_usage=asks_usage,
        forwarded=frozenset(),
        judge=judge,
        headroom=read_headroom,
        first_byte_timeout_ms=1,
    )
    return Step(endpoint=endpoint, respond_within_ms=None, lines=b"")


def sent(edits: MemberEdits | None, *, asks_usage: bool = True) -> tuple[bytes, dict[str, Any]]:
    request = Request(
        b"POST",
        b"/v1/chat/completions",
        {},
        BODY,
        keep_alive=True,
        chunked=True,
        received_at=0.0,
    )
    spec = spec_of("openai_chat")
    way = step(edits, asks_usage=asks_usage)
    message, body = outbound(request, way, spec, spec.read_request(BODY), now=NOW)
    return message, msgspec.json.decode(body)


def test_what_a_deployment_demands_replaces_the_clients_word() -> None:
    edits = MemberEdits(
        members={"service_tier": msgspec.Raw(b'"flex"')}, renamed={"max_tokens": "max_out"}
    )
    message, body = sent(edits)
    assert (body["service_tier"], body["max_out"], body["model"]) == ("flex", 9, "up")
    assert "max_tokens" not in body
    assert message.startswith(b"POST /stream HTTP/1.1\r\n")
    assert message.endswith(b" 1 2026\r\n\r\n")  # signed over the edited body


def test_a_host_that_tells_usage_unasked_is_not_asked() -> None:
    assert sent(None)[1]["stream_options"] == {"include_usage": True}
    assert "stream_options" not in sent(None, asks_usage=False)[1]


@pytest.mark.parametrize(("status", "told"), [(401, 1), (403, 1), (400, 0), (429, 0)])
def test_a_refused_credential_is_renewed(status: int, told: int) -> None:
    refusals = Refusals()
    endpoint = step(None, renewal=refusals).endpoint
    judged(endpoint, Response(status, []), now=NOW)
    assert refusals.count == told


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_an_answer_that_quotes_our_credential_is_withheld(status: int) -> None:
    endpoint = replace(step(None).endpoint, secret=b"sk-canary-0001")
    answer = Response(status, [])
    answer.body = b'{"error":{"message":"wrong key: sk-canary-0001"}}'
    failure = judged(endpoint, answer, now=NOW)
    assert failure is not None
    assert (failure.blame, failure.retryable) == ("ours", True)  # told in our own words
    assert "canary" not in failure.message
    assert "replace that credential" in failure.message


def test_a_token_that_was_renewed_is_withheld_too() -> None:
    class Renewed(Refusals):
        lease = Lease(credential="ya29.canary-0001", expires_at=None)

    answer = Response(400, [])
    answer.body = b"bad token ya29.canary-0001"
    failure = judged(step(None, renewal=Renewed()).endpoint, answer, now=NOW)
    assert failure is not None
    assert "canary" not in failure.message


def test_a_fixed_credential_is_nobodys_to_renew() -> None:
    assert judged(step(None).endpoint, Response(401, []), now=NOW) is not None


@pytest.mark.parametrize(
    ("status", "body", "place"),
    [
        (401, b"", "provider `a`: "),
        (429, b"", "provider `a`: "),
        (404, b'{"error":{"code":"model_not_found"}}', "deployment `a/up`: "),
    ],
)
def test_a_failure_names_where_it_was(status: int, body: bytes, place: str) -> None:
    answer = Response(status, [])
    answer.body = body
    failure = judged(step(None).endpoint, answer, now=NOW)
    assert failure is not None
    assert failure.message.startswith(place)


def test_an_answer_for_the_client_is_no_failure() -> None:
    assert judged(step(None).endpoint, Response(400, []), now=NOW) is None


USED_UP = (b"x-ratelimit-remaining-requests", b"0")


@pytest.mark.parametrize(
    ("headers", "wait_ms"),
    [
        ([USED_UP, (b"X-RateLimit-Reset-Requests", b"1.5s")], 1500),
        ([USED_UP, (b"x-ratelimit-reset-requests", b"1h"), (b"retry-after", b"7")], 7000),
        ([USED_UP, (b"x-ratelimit-reset-requests", b"1h")], 60_000),
        ([USED_UP, (b"x-ratelimit-reset-tokens", b"6s")], None),
        (
            [
                (b"anthropic-ratelimit-input-tokens-remaining", b"0"),
                (b"anthropic-ratelimit-input-tokens-reset", b"2026-11-22T00:00:12Z"),
            ],
            12_000,
        ),
        ([(b"anthropic-ratelimit-requests-reset", b"2026-11-22T00:00:12Z")], None),
        ([USED_UP, (b"x-ratelimit-reset-requests", b"soon")], None),
        ([], None),
    ],
)
def test_a_used_up_limit_says_how_long_to_wait(
    headers: list[tuple[bytes, bytes]], wait_ms: int | None
) -> None:
    failure = judged(step(None).endpoint, Response(429, headers), now=NOW)
    assert failure is not None
    assert failure.retry_after_ms == wait_ms


def test_a_reset_without_a_unit_is_the_kinds_own() -> None:
    headers = [USED_UP, (b"x-ratelimit-reset-requests", b"500")]
    of_azure = replace(step(None).endpoint, headroom=read_azure_headroom)
    failure = judged(of_azure, Response(429, headers), now=NOW)
    assert failure is not None
    assert failure.retry_after_ms == 500


def test_googles_own_word_is_kept() -> None:
    answer = Response(429, [USED_UP, (b"x-ratelimit-reset-requests", b"9s")])
    answer.body = b'{"error":{"status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"34.07s"}]}}'
    failure = judged(step(None).endpoint, answer, now=NOW)
    assert failure is not None
    assert failure.retry_after_ms == 34_070


def test_what_is_no_refusal_waits_for_no_limit() -> None:
    headers = [USED_UP, (b"x-ratelimit-reset-requests", b"9s")]
    failure = judged(step(None).endpoint, Response(500, headers), now=NOW)
    assert failure is not None
    assert failure.retry_after_ms is None
