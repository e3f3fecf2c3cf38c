"""The ledger's failures say who has to act."""

from detente.ledger.failures import JournalFull, LedgerUnusable, RecordTooLarge


def test_a_full_journal_is_a_503_that_may_be_tried_again() -> None:
    failure = JournalFull("the journal is full; wait").failure
    assert (failure.code, failure.status, failure.blame) == ("ledger_unavailable", 503, "ours")
    assert failure.retry_after_ms


def test_a_record_that_is_too_large_names_the_setting() -> None:
    assert "`ledger.segment_bytes`" in str(RecordTooLarge(10, 5))


def test_an_unusable_ledger_is_for_whoever_asked() -> None:
    assert LedgerUnusable("no ledger").failure.blame == "client"
