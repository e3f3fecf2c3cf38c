"""Every recorded exchange through a running gateway: request bytes, answer bytes, usage.

One gateway and one replay server for the module; exchanges travel many at once. What the
gateway may change on purpose is written down here, with the number of exchanges it meets.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import httpx2
import msgspec
import pytest

from detente.canonical.entry import LedgerEntry
from detente.canonical.usage import TOKEN_CLASSES, Usage
from tests.gateway_configuration import credential_files, gateway_toml
from tests.gateway_process import running_gateway
from tests.ledger_entries import entries_when
from tests.recorded.exchanges import (
    FRONT_PATHS,
    Exchange,
    alias,
    exchanges,
    model_rows,
    provider_rows,
    waves,
)
from tests.recorded.expected_usage import expected_usage
from tests.recorded.replay import USAGE, Replay, adds_usage, replaying

SEED = 20261121
AT_ONCE = 32
TIMEOUT_S = 30.0
OWN_WORDS = {
    '"status": 401': "the platform refused our own credential: our operator's to mend, no answer",
    '"model_not_found"': "the platform knows no model of the deployment's id: likewise",
    '"not_found_error"': "the same in Anthropic's words",
    '"DeploymentNotFound"': "the same in Azure's words",
}
"""What marks answers that the gateway tells in its own words, and why."""
OWN_WORDS_SHARE_MAX = 0.015


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a client saw of one exchange, and what the platform's stand-in received."""

    row: Exchange
    status: int
    headers: dict[str, str]
    body: bytes
    forwarded: bytes


def own_reason(row: Exchange) -> str | None:
    """Why an exchange's answer is told in the gateway's own words, None where it is relayed."""
    recorded = row.response
    if recorded.status < 400:
        return None
    text = f'"status": {recorded.status} {recorded.text}'
    return next((reason for mark, reason in OWN_WORDS.items() if mark in text), None)


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """All exchanges, once, with the ledger afterwards."""

    outcomes: list[Outcome]
    entries: dict[str, LedgerEntry]

    def relayed(self) -> list[Outcome]:
        """The exchanges whose answer is the platform's."""
        return [outcome for outcome in self.outcomes if own_reason(outcome.row) is None]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Generator[Run]:
    """Every exchange through one gateway."""
    rows = exchanges()
    folder: Path = tmp_path_factory.mktemp("replay")
    with replaying(SEED) as replay:
        providers = provider_rows(rows, replay.origin)
        text = gateway_toml(providers=providers, models=model_rows(rows))
        with running_gateway(folder, text, credential_files(providers)) as gateway:
            outcomes = asyncio.run(_exchange_all(gateway.base_url, replay))
            entries = entries_when(gateway.state, len(outcomes))
            yield Run(outcomes=outcomes, entries={entry.id: entry for entry in entries})


async def _exchange_all(base_url: str, replay: Replay) -> list[Outcome]:
    outcomes: list[Outcome] = []
    limits = httpx2.Limits(max_connections=AT_ONCE)
    async with httpx2.AsyncClient(base_url=base_url, limits=limits, timeout=TIMEOUT_S) as client:
        for wave in waves(exchanges()):
            replay.load(wave)
            answers = await asyncio.gather(*(_post(client, row) for row in wave))
            forwarded = {got.exchange: got.body for got in replay.received}
            outcomes.extend(
                Outcome(
                    row=row,
                    status=answer.status_code,
                    headers=dict(answer.headers),
                    body=answer.content,
                    forwarded=forwarded.get(row.id, b""),
                )
                for row, answer in zip(wave, answers, strict=True)
            )
    return outcomes


async def _post(client: httpx2.AsyncClient, row: Exchange) -> httpx2.Response:
    headers = {"content-type": "application/json", "accept": "*/*"}
    headers |= {k: v for k, v in row.request.headers.items() if k.startswith("anthropic-")}
    return await client.post(
        FRONT_PATHS[row.dialect], content=row.request_bytes(alias(row)), headers=headers
    )


def test_answers_are_relayed_byte_for_byte(run: Run) -> None:
    for outcome in run.relayed():
        recorded = outcome.row.response
        assert (outcome.status, outcome.row.id) == (recorded.status, outcome.row.id)
        assert outcome.body == recorded.text.encode(), outcome.row.id
        assert outcome.headers.get("content-type") == recorded.headers.get("content-type")
    counts = Counter(outcome.row.dialect for outcome in run.relayed())
    _say(f"relayed byte for byte: {counts.total()} of {len(run.outcomes)}: {dict(counts)}")


def test_few_answers_are_in_own_words(run: Run) -> None:
    own = [outcome for outcome in run.outcomes if own_reason(outcome.row) is not None]
    assert len(own) <= OWN_WORDS_SHARE_MAX * len(run.outcomes)
    for outcome in own:
        assert outcome.status in (502, 503)
        assert outcome.row.response.text.encode() not in outcome.body
        _say(f"in own words: {outcome.row.id}: {own_reason(outcome.row)}")


def test_requests_are_forwarded_byte_for_byte_but_for_the_model(run: Run) -> None:
    edited = 0
    for outcome in run.outcomes:
        if adds_usage(outcome.row, outcome.forwarded):
            edited += 1
            sent = msgspec.json.decode(outcome.forwarded, type=dict[str, object])
            assert sent.pop("stream_options") == {"include_usage": True}
            assert sent == outcome.row.body
        else:
            assert outcome.forwarded in (
                outcome.row.request_bytes(outcome.row.upstream_id),
                outcome.row.request_bytes(outcome.row.model),
            ), outcome.row.id
    silent = [o for o in run.outcomes if o.row.dialect == "openai-chat" and o.row.stream]
    asked = [o for o in silent if "stream_options" in o.row.body]
    assert edited == len(silent) - len(asked)
    _say(f"usage asked for on behalf of the client: {edited} of {len(silent)} chat streams")


def test_every_exchange_has_one_entry_with_the_usage_that_was_reported(run: Run) -> None:
    assert len(run.entries) == len(run.outcomes)
    classes: Counter[str] = Counter()
    estimated = 0
    for outcome in run.outcomes:
        entry = run.entries[outcome.headers["x-detente-request-id"]]
        assert entry.status == outcome.status
        if outcome.status != 200:
            continue
        usage = entry.usage or Usage()
        if usage.estimated:
            estimated += 1
            assert _expected(outcome) == {}, outcome.row.id
            continue
        told = msgspec.structs.replace(usage, tier=None)
        counts = msgspec.convert(msgspec.to_builtins(told), dict[str, int])
        recorded = {name: counts[name] for name in TOKEN_CLASSES if counts.get(name)}
        assert recorded == _expected(outcome), outcome.row.id
        classes.update(recorded.keys())
    _say(f"entries with tokens, by class: {dict(classes)}; estimated: {estimated}")


def _expected(outcome: Outcome) -> dict[str, int]:
    row = outcome.row
    reported = expected_usage(row.dialect, row.response.text.encode(), row.stream)
    if reported is None and adds_usage(row, outcome.forwarded):
        return {
            "uncached_input_tokens": USAGE["prompt_tokens"],
            "visible_output_tokens": USAGE["completion_tokens"],
        }
    return reported or {}


def test_every_answer_names_its_deployment(run: Run) -> None:
    for outcome in run.relayed():
        named = f"{outcome.row.provider}/{outcome.row.upstream_id}"
        assert outcome.headers["x-detente-deployment"] == named
        assert outcome.headers["x-detente-attempts"] == "1"
        assert outcome.headers["x-detente-decision"]


def _say(line: str) -> None:
    """Figures for whoever runs this with `-s`."""
    sys.stdout.write(line + "\n")
