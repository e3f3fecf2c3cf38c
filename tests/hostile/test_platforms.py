"""Hostile requests for every kind of platform, and hostile platforms: what may never travel.

One gateway with every kind behind it; the other end of each is a server that writes down what came.
"""

import asyncio
import http.client
import json
import os
import subprocess
import sys
from collections.abc import Generator, Sequence

import pytest

from tests.gateway_process import SOURCE, GatewayProcess
from tests.hostile.doors import CLAUDE, DOORS, INVOKED, PARTS, PLACE, PREDICTED, TURNS, door_request
from tests.hostile.platform_arena import (
    CLIENT_KEY,
    COMPARTMENT,
    MODELS,
    OPERATOR,
    REFUSED,
    SECRET,
    Platforms,
    running_platforms,
)
from tests.hostile.raw_client import Answer, send

COMMAND_TIMEOUT_S = 60.0
CLIENT = b"client-canary-header"
CLIENTS_OWN = (
    *(b"cookie", b"proxy-authorization", b"x-amz-security-token", b"x-forwarded-for"),
    *(b"x-goog-user-project", b"openai-organization", b"openai-project", b"idempotency-key"),
    *(b"anthropic-workspace-id", b"opc-compartment-id", b"compartmentid", b"x-detente-note"),
    *(b"x-ms-spillover-deployment", b"x-vertex-ai-llm-request-type", b"x-content-sha256"),
    *(b"x-vertex-ai-llm-shared-request-type", b"x-amzn-bedrock-guardrailidentifier"),
    *(b"x-amzn-bedrock-guardrailversion", b"x-amzn-bedrock-trace", b"x-amz-date", b"date"),
    *(b"x-amzn-bedrock-service-tier", b"x-amzn-bedrock-performanceconfig-latency"),
    *(b"x-goog-api-client", b"accept-encoding", b"via", b"forwarded", b"x-http-method-override"),
)
"""Headers of which nothing may reach a platform where the operator has said the same, or at all."""
KEY_HEADERS = (
    b"".join(
        b"%b: %b\r\n" % (name, CLIENT_KEY.encode())
        for name in (b"x-api-key", b"api-key", b"x-goog-api-key")
    )
    + b"authorization: Bearer %b\r\n" % CLIENT_KEY.encode()
)


@pytest.fixture(scope="module", name="platforms")
def _platforms(tmp_path_factory: pytest.TempPathFactory) -> Generator[Platforms]:
    with running_platforms(tmp_path_factory.mktemp("platforms") / "gateway") as running:
        yield running


@pytest.fixture(autouse=True)
def _afresh(platforms: Platforms) -> None:
    platforms.recorder.answer = REFUSED
    platforms.recorder.taken.clear()
    platforms.elsewhere.taken.clear()


def request(target: bytes, body: bytes, lines: bytes = KEY_HEADERS) -> bytes:
    """One request, the last of its connection."""
    head = b"POST %b HTTP/1.1\r\nhost: gateway.test\r\nconnection: close\r\n" % target
    kind = b"content-type: application/json\r\n"
    return b"%b%b%bcontent-length: %d\r\n\r\n%b" % (head, kind, lines, len(body), body)


def asked(platforms: Platforms, requests: Sequence[bytes]) -> list[Answer]:
    """The answers, in order; every request gets one."""

    async def one(each: bytes) -> Answer:
        exchange = await send(platforms.gateway.port, [each], until_answers=1)
        assert len(exchange.answers) == 1, (each[:200], exchange.received[:300])
        return exchange.answers[0]

    async def all_of_them() -> list[Answer]:
        found: list[Answer] = []
        for start in range(0, len(requests), 32):
            found += await asyncio.gather(*map(one, requests[start : start + 32]))
        return found

    return asyncio.run(all_of_them())


def simply(platforms: Platforms, name: str) -> Answer:
    """The answer to a small question for one provider's model."""
    body = {"model": name, "max_tokens": 16, "messages": TURNS}
    return asked(platforms, [request(b"/v1/chat/completions", json.dumps(body).encode())])[0]


def test_nothing_of_a_clients_own_travels(platforms: Platforms) -> None:
    """Neither its key, wherever it stands, nor what only the operator may say."""
    lines = KEY_HEADERS + b"".join(b"%b: %b\r\n" % (name, CLIENT) for name in CLIENTS_OWN)
    requests: list[bytes] = []
    for door in DOORS:
        for name in MODELS:
            target, body = door_request(door, name)
            mark = b"&" if b"?" in target else b"?"
            target += mark + b"key=%b&api-version=client-canary-query" % CLIENT_KEY.encode()
            requests.append(request(target, body, lines))
    answers = asked(platforms, requests)
    taken = platforms.recorder.taken
    assert len(taken) > len(requests) // 2, sorted({a.body[:200] for a in answers})
    reached = {each.head.split(b"/", 2)[1] for each in taken}
    assert reached == {name.encode() for name in MODELS}
    for each in taken:
        assert CLIENT_KEY.encode() not in each.raw, each
        assert b"client-canary" not in each.raw, each
        assert len(each.header(b"authorization")) <= 1, each
        assert len(each.header(b"host")) == 1, each


Forced = tuple[str, str, dict[str, object], dict[str, object], tuple[str, ...]]
FORCED: tuple[Forced, ...] = (
    (
        "anthropic",
        "/v1/messages",
        {"model": "anthropic", **CLAUDE},
        {"inference_geo": "us", "model": "claude-opus-4-6"},
        (),
    ),
    (
        "anthropic_aws",
        "/anthropic/v1/messages",
        {"model": "anthropic_aws", **CLAUDE},
        {"inference_geo": "us", "model": "claude-opus-4-6"},
        (),
    ),
    (
        "bedrock",
        "/model/bedrock/converse",
        {"messages": [{"role": "user", "content": [{"text": "hi"}]}]},
        {
            "guardrailConfig": {
                "guardrailIdentifier": OPERATOR,
                "guardrailVersion": "DRAFT",
                "trace": "disabled",
            },
            "serviceTier": {"type": "flex"},
        },
        (),
    ),
    (
        "bedrock",
        "/model/bedrock/invoke",
        INVOKED,
        {
            "amazon-bedrock-guardrailConfig": {"streamProcessingMode": "SYNCHRONOUS"},
            "anthropic_version": "bedrock-2023-05-31",
        },
        ("model", "stream"),
    ),
    (
        "bedrock_chat",
        "/openai/v1/chat/completions",
        {"model": "bedrock_chat", "messages": TURNS},
        {"amazon-bedrock-guardrailConfig": {}, "service_tier": "flex"},
        (),
    ),
    (
        "oci",
        "/20231130/actions/chat",
        {
            "servingMode": {"servingType": "ON_DEMAND", "modelId": "oci"},
            "chatRequest": {"apiFormat": "COHERE", "message": "hi"},
        },
        {"compartmentId": COMPARTMENT},
        (),
    ),
    (
        "vertex",
        f"{PLACE}/publishers/anthropic/models/vertex:rawPredict",
        PREDICTED,
        {"anthropic_version": "vertex-2023-10-16"},
        ("model", "stream"),
    ),
    (
        "vertex_gpt",
        f"{PLACE}/publishers/openai/v1/responses",
        {"model": "vertex_gpt", "input": "hi"},
        {"model": "gpt-v"},
        (),
    ),
    (
        "vertex_gemini",
        f"{PLACE}/publishers/google/models/vertex_gemini:generateContent",
        {"contents": PARTS},
        {},
        ("model",),
    ),
)
"""A provider, a door, a body; members that must travel so, and members that must not travel."""


def spellings(name: str, value: object) -> tuple[bytes, ...]:
    """Ways to say a member once more: plainly, escaped, twice, and behind much else."""
    plain = b'"%b":%b' % (name.encode(), json.dumps(value).encode())
    escaped = "".join(f"\\u{ord(c):04x}" for c in name)
    hidden = b'"%b":%b' % (escaped.encode(), json.dumps(value).encode())
    half = b'"%b\\u%04x":%b' % (name[:-1].encode(), ord(name[-1]), json.dumps(value).encode())
    long = b'"metadata_of_mine":"%b",' % (b"x" * 200_000)
    deep = b'"deep":%b{"a":%b}%b,' % (b"[" * 200, plain.partition(b":")[2], b"]" * 200)
    return (
        plain,
        hidden,
        half,
        plain + b"," + hidden,
        hidden + b"," + plain,
        long + plain,
        deep + plain,
    )


def pairs(body: bytes) -> list[tuple[str, object]]:
    """The members of an object, each as often as it stands there."""
    found: list[tuple[str, object]] = []

    def keep(members: list[tuple[str, object]]) -> dict[str, object]:
        found[:] = members
        return dict(members)

    json.loads(body, object_pairs_hook=keep)
    return found


@pytest.mark.parametrize("forced", FORCED, ids=lambda forced: f"{forced[0]} {forced[1]}")
def test_the_operators_word_wins_over_a_body(platforms: Platforms, forced: Forced) -> None:
    name, path, body, demanded, withheld = forced
    whole = json.dumps(body).encode()
    requests: list[bytes] = []
    for member in (*demanded, *withheld):
        mine: object = "client-canary-value"
        for said in spellings(member, mine):
            requests.append(request(path.encode(), whole[:-1] + b"," + said + b"}"))
            requests.append(request(path.encode(), b"{" + said + b"," + whole[1:]))
    asked(platforms, requests)
    for taken in platforms.recorder.taken:
        assert taken.head.split(b"/", 2)[1] == name.encode(), taken.head
        found = pairs(taken.body)
        for member, value in demanded.items():
            assert [v for k, v in found if k == member] == [value], (member, taken.body[:500])
        assert not [k for k, _ in found if k in withheld], taken.body[:500]
        assert len({k for k, _ in found}) == len(found), taken.body[:500]


@pytest.mark.parametrize("forced", FORCED, ids=lambda forced: f"{forced[0]} {forced[1]}")
def test_what_is_demanded_is_said_where_the_client_says_nothing(
    platforms: Platforms, forced: Forced
) -> None:
    _, path, body, demanded, withheld = forced
    asked(platforms, [request(path.encode(), json.dumps(body).encode())])
    (taken,) = platforms.recorder.taken
    found = dict(pairs(taken.body))
    assert {k: found.get(k) for k in demanded} == demanded
    assert not set(withheld) & set(found)


ODD_PATHS = (
    "/v1/projects/p/locations/l/publishers/anthropic/models/vertex%2F..%2Fx:rawPredict",
    "/v1/projects/p/locations/l/publishers/anthropic/models/../models/vertex:rawPredict",
    "/v1/projects/p/locations/l/publishers/anthropic/models/vertex;a=b:rawPredict",
    "/v1/projects/p/locations/l/publishers/anthropic/models/vertex%3ArawPredict",
    "/v1/projects/p/locations/l//publishers/anthropic/models/vertex:rawPredict",
    "/v1/projects/../../x/locations/l/publishers/anthropic/models/vertex:rawPredict/",
    "/v1/projects/p/locations/l/publishers/openai/models/vertex:rawPredict",
    "/v1/projects/p/locations/l/endpoints/openapi/../../chat/completions",
    "/v1/projects/p/locations/l/endpoints/openapi//chat/completions",
    "/v1/projects/p/locations/l/publishers/openai/v1/publishers/openai/v1/responses",
    "/v1/projects/p/locations/l/workspaces/w/invoke/v1/v1/messages",
    "/v1/projects/p/locations/l/workspaces/w%2Fx/invoke/v1/../messages",
    "//anthropic/v1/messages",
    "/anthropic/v1/messages/",
    "/anthropic/v1/messages%3Fx",
    "/20231130/actions/chat/..",
    "/20231130//actions/chat",
    "/20231130/actions/embedText",
    "/model/bedrock/../bedrock/invoke",
    "/model/bedrock%00/invoke",
    "/model/bedrock%2Finvoke",
    "http://elsewhere.test/v1/nothing",
)


def test_odd_paths_lead_to_no_other_place(platforms: Platforms) -> None:
    """Each is an error, or asks for a model that there is none of; nothing of a path travels."""
    body = json.dumps({"model": "nobody", **PREDICTED}).encode()
    answers = asked(platforms, [request(path.encode(), body) for path in ODD_PATHS])
    assert [(p, a.status) for p, a in zip(ODD_PATHS, answers, strict=True) if a.status < 400] == []
    assert platforms.recorder.taken == []


@pytest.mark.parametrize("name", ["openai", "anthropic", "bedrock", "vertex", "gemini", "oci_chat"])
def test_no_redirect_is_followed_or_passed_on(platforms: Platforms, name: str) -> None:
    there = f"127.0.0.1:{platforms.elsewhere.port}"
    for status in (300, 301, 302, 303, 304, 305, 307, 308):
        for location in (
            f"http://{there}/x",
            f"//u:p@{there}/x",
            "https://a.test/",
            "/other",
            "ftp://a/",
        ):
            platforms.recorder.answer = (
                f"HTTP/1.1 {status} Elsewhere\r\nlocation: {location}\r\n"
                f'refresh: 0; url={location}\r\nalt-svc: h2="{there}"\r\ncontent-length: 0\r\n\r\n'
            ).encode()
            answer = simply(platforms, name)
            assert answer.status >= 500, (status, location)
            assert not {"location", "refresh", "alt-svc"} & set(answer.headers)
            assert f"provider `{name}`".encode() in answer.body
            assert b"redirect, which is not followed; check `base_url`" in answer.body
    assert platforms.elsewhere.taken == []


def failing_answers() -> list[bytes]:
    """Answers that are errors, some of which quote what they were asked with."""
    said = f"Incorrect API key provided: {SECRET}-x; token {SECRET}".encode()
    bodies = (
        b'{"error":{"message":"%b","type":"invalid_request_error","code":"invalid_api_key"}}'
        % said,
        b'{"type":"error","error":{"type":"authentication_error","message":"%b"}}' % said,
        b'{"message":"%b","__type":"UnrecognizedClientException"}' % said,
        b"<html>%b</html>" % said,
    )
    quoting = b"www-authenticate: Bearer %b\r\nset-cookie: a=%b" % (
        SECRET.encode(),
        SECRET.encode(),
    )
    return [
        b"HTTP/1.1 %d No\r\n%b\r\ncontent-length: %d\r\n\r\n%b" % (status, quoting, len(body), body)
        for status in (401, 402, 403)
        for body in bodies
    ]


def test_no_credential_is_told_to_anybody(platforms: Platforms) -> None:
    """Not to clients, nor in what is written, printed or asked of the admin API."""
    found: list[Answer] = []
    for answer in failing_answers():
        platforms.recorder.answer = answer
        found += [simply(platforms, name) for name in MODELS]
    sent = b"".join(taken.raw for taken in platforms.recorder.taken)
    assert SECRET.encode() in sent  # or this test could not fail
    for each in found:
        said = each.body + repr(each.headers).encode()
        assert SECRET.encode() not in said, each
        assert b"provider `" in each.body or b"deployment `" in each.body, each
    gateway = platforms.gateway
    for said in (gateway.errors(), "".join(gateway.output()), *_told_to_operators(gateway)):
        assert SECRET not in said
        assert CLIENT_KEY not in said
    for path in gateway.state.rglob("*"):
        if path.is_file():
            written = path.read_bytes()
            assert SECRET.encode() not in written, path
            assert CLIENT_KEY.encode() not in written, path


def _told_to_operators(gateway: GatewayProcess) -> list[str]:
    """What the admin API and the commands say, who all read the same configuration."""
    found: list[str] = []
    for path in ("health", "status", "headroom", "nowhere"):
        connection = http.client.HTTPConnection(gateway.admin_url.removeprefix("http://"))
        connection.request("GET", f"/admin/v1/{path}")
        found.append(connection.getresponse().read().decode())
        connection.close()
    config = ("--config", str(gateway.file))
    for command in (
        ("providers", "list", "--json", *config),
        ("providers", "test", "bedrock", "--json", *config),
        ("ledger", "tail", "--json", *config),
    ):
        ended = subprocess.run(
            [sys.executable, "-m", "detente", *command],
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )
        assert ended.stdout[:1] in ("[", "{"), (command, ended.stdout, ended.stderr)
        found += [ended.stdout, ended.stderr]
    return found


STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
STARTED = (
    b'event: message_start\ndata: {"type":"message_start","message":{"id":"m","type":"message",'
    b'"role":"assistant","model":"c","content":[],"stop_reason":null,"stop_sequence":null,'
    b'"usage":{"input_tokens":1,"output_tokens":1}}}\n\n'
)
OVERLOADED = (
    b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error",'
    b'"message":"Overloaded"}}\n\n'
)
HALF = b'event: content_block_start\ndata: {"type":"content_bl'
CUTS = {
    "closed": STARTED,
    "half an event": STARTED + HALF,
    "an error": STARTED + OVERLOADED,
    "orderly": STARTED,
}


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("door", ["raw", "plain"])
def test_a_stream_that_is_cut_does_not_end_like_a_whole_one(
    platforms: Platforms, door: str, cut: str
) -> None:
    piece = CUTS[cut]
    last = b"0\r\n\r\n" if cut in ("an error", "orderly") else b""
    platforms.recorder.answer = STREAM + b"%x\r\n%b\r\n%b" % (len(piece), piece, last)
    if door == "raw":
        target = f"{PLACE}/publishers/anthropic/models/vertex:streamRawPredict".encode()
        body: dict[str, object] = {**PREDICTED, "stream": True}
    else:
        target, body = b"/v1/messages", {"model": "vertex", "stream": True, **CLAUDE}
    (answer,) = asked(platforms, [request(target, json.dumps(body).encode())])
    assert answer.status == 200
    assert answer.body.count(b"event: error\n") == 1, answer.body
    assert b"message_stop" not in answer.body
    assert HALF not in answer.body
    (taken,) = platforms.recorder.taken
    assert b"vertex" not in taken.body.replace(b"vertex-2023-10-16", b"")
    assert b":streamRawPredict HTTP/1.1\r\n" in taken.head
