"""Every module has its test file: `src/detente/a/b.py` is tested by `tests/a/test_b.py`.

A module, or all modules of a folder, may be named here with the tests that cover them and the
reason. The list is a ratchet: what got its own test file must leave it.
"""

from pathlib import Path

from tests.tidy.project import ROOT, SOURCE, modules, text_of

TESTS = ROOT / "tests"

COVERED_ELSEWHERE = {
    "__main__.py": ("test_main.py", "its own name would say nothing"),
    "agreements/agreement.py": ("agreements/test_parse.py", "parsed values without behaviour"),
    "agreements/case.py": ("agreements/test_reference.py", "one question as the evaluators see it"),
    "agreements/clause.py": ("agreements/clauses", "what every clause type shares, tested by each"),
    "agreements/epochs.py": (
        "agreements/test_compiled.py",
        "boundaries, tested where they are crossed",
    ),
    **{
        f"agreements/clauses/{name}.py": (
            "agreements/clauses/test_terms.py",
            "decides nothing; what it comes to is told where it is counted",
        )
        for name in ("covenant", "discount", "price", "revenue_share", "term")
    },
    "agreements/demand.py": ("agreements/clauses", "what three clause types share, tested by each"),
    "agreements/finding.py": ("agreements/test_check.py", "a value without behaviour"),
    "agreements/index.py": (
        "agreements/test_laws.py",
        "a stage of compiling, compared with the reference",
    ),
    "agreements/model_plan.py": (
        "agreements/test_laws.py",
        "a stage of compiling, compared with the reference",
    ),
    "agreements/ordering.py": (
        "agreements/test_laws.py",
        "a stage of compiling, compared with the reference",
    ),
    "agreements/plan.py": (
        "agreements/test_laws.py",
        "a stage of compiling, compared with the reference",
    ),
    "agreements/ranks.py": ("agreements/clauses/test_prefer.py", "the order, told by what orders"),
    "agreements/reach.py": (
        "agreements/test_laws.py",
        "a stage of compiling, compared with the reference",
    ),
    "agreements/scope.py": ("agreements/test_matching.py", "a value; matching tells what it means"),
    "agreements/sweep.py": ("agreements/checking", "the sweep behind every finding"),
    "agreements/life.py": (
        "agreements/test_laws.py",
        "a stage of compiling, compared with the reference",
    ),
    "guardrails/detector.py": ("guardrails/test_screening.py", "what detectors share; a value"),
    "guardrails/body_finds.py": ("guardrails/test_bodies.py", "values, and what counts them"),
    **{
        f"guardrails/places/{name}.py": ("guardrails/test_places.py", "a table of places")
        for name in (
            *("anthropic", "bedrock", "cohere", "gemini", "oci", "ollama", "openai_chat"),
            *("openai_responses", "openai_texts", "place", "schema"),
        )
    },
    "agreements/verdicts.py": (
        "agreements/test_laws.py",
        "a stage of compiling, compared with the reference",
    ),
    "agreements/wording.py": ("agreements/test_explain.py", "sentences, tested as they are read"),
    "accounts/messages.py": (
        "accounts/test_book.py",
        "values; what they mean is told by the books",
    ),
    **{
        f"gateway/admin/{name}.py": ("gateway/admin/test_api.py", "asked as a client asks")
        for name in (
            *("changes", "drills", "operation", "operations"),
            *("parts", "reading", "scrape", "status"),
        )
    },
    "canonical/allowance.py": ("accounts/test_rules.py", "values; rules tell what they mean"),
    "canonical/principal.py": ("principals/test_scopes.py", "values; scopes tell what they mean"),
    "canonical/capability.py": ("catalog/test_capabilities.py", "a value without behaviour"),
    "canonical/content.py": ("dialects/roundtrip.py", "values, held to every recorded exchange"),
    "canonical/decision.py": ("canonical/test_round_trips.py", "a value without behaviour"),
    "canonical/entry.py": ("canonical/test_round_trips.py", "a value without behaviour"),
    "canonical/events.py": ("dialects/roundtrip.py", "values, held to every recorded stream"),
    "canonical/extras.py": ("dialects/_codec/test_rest.py", "a value; laying over is tested there"),
    "canonical/forecast.py": (
        "agreements/checking/test_e06_unburnable_commitments.py",
        "a value; what it means is told by the check that reads it",
    ),
    "canonical/journal.py": ("canonical/test_round_trips.py", "a value without behaviour"),
    "canonical/model.py": ("canonical/test_round_trips.py", "a value without behaviour"),
    "canonical/request.py": ("dialects/roundtrip.py", "values, held to every recorded request"),
    "canonical/response.py": ("dialects/roundtrip.py", "values, held to every recorded answer"),
    "configuration/callers.py": (
        "configuration/test_world.py",
        "tables; world says what they mean",
    ),
    "configuration/store.py": ("configuration/test_world.py", "tables; world says what they mean"),
    **{
        f"stores/valkey/{name}.py": ("stores/valkey/test_windows.py", "run by a real server")
        for name in ("programs", "scripts")
    },
    "stores/interface.py": ("stores", "what every store answers, held to one suite"),
    "cli/parameters.py": ("cli/test_cli.py", "options, told by the help of every command"),
    "cli/drill_files.py": ("cli/test_drill.py", "the files that the command leaves"),
    "cli/drill_live.py": ("cli/test_drill.py", "the command's live part, with a real gateway"),
    "cli/drill_tables.py": ("cli/test_drill.py", "tables, tested as they are read"),
    "cli/import_.py": ("cli/test_import.py", "`import` is a word of the language"),
    "cli/litellm": ("cli/test_import.py", "one translation, tested from file to configuration"),
    "cli/report": ("cli/test_report.py", "each report tested from ledger to output"),
    "demo/ask.py": ("cli/test_demo.py", "asks a gateway, which that test runs"),
    "demo/story.py": ("cli/test_demo.py", "data, told there step by step"),
    "dialects/_anthropic": (
        "dialects/anthropic_messages",
        "shared by two dialects, tested through both",
    ),
    "dialects/_framing/unstreamed.py": (
        "dialects/test_spec.py",
        "the tap of dialects that never stream",
    ),
    "dialects/_safety": ("dialects/test_safety.py", "shared by the readers of signals"),
    **{
        f"dialects/{name}/safety.py": (
            "dialects/test_safety.py",
            "a reader of signals, held to one table with the others",
        )
        for name in (
            *("_bedrock", "anthropic_messages", "bedrock_converse", "gemini_generate"),
            *("oci_chat", "openai_chat", "openai_responses"),
        )
    },
    "dialects/_openai": ("dialects/openai_chat", "shared by three dialects, tested through them"),
    "dialects/route.py": ("dialects/test_routes.py", "a value; the table of paths makes them"),
    "dialects/anthropic_count_tokens/wire.py": (
        "dialects/anthropic_count_tokens",
        "wire structs without behaviour",
    ),
    "dialects/anthropic_messages/answer_parts.py": (
        "dialects/anthropic_messages/test_response.py",
        "the parts of an answer, tested in answers",
    ),
    "dialects/anthropic_messages/frames.py": (
        "dialects/anthropic_messages/test_stream_encoding.py",
        "wire events, tested in streams",
    ),
    "dialects/anthropic_messages/reading.py": (
        "dialects/anthropic_messages/test_settings_decoding.py",
        "what is gathered, tested by what comes of it",
    ),
    "dialects/anthropic_messages/stream_blocks.py": (
        "dialects/anthropic_messages/test_stream_decoding.py",
        "blocks, tested in streams",
    ),
    "dialects/anthropic_messages/stream_parts.py": (
        "dialects/anthropic_messages/test_stream_encoding.py",
        "parts, tested in streams",
    ),
    "dialects/anthropic_messages/words.py": (
        "dialects/anthropic_messages/test_recorded.py",
        "tables of the vendor's words",
    ),
    "dialects/anthropic_messages/wire.py": (
        "dialects/anthropic_messages",
        "wire structs without behaviour",
    ),
    "dialects/_google/tokens.py": (
        "dialects/gemini_generate/test_usage.py",
        "counts, tested where they are reported",
    ),
    "dialects/gemini_count_tokens/wire.py": (
        "dialects/gemini_count_tokens",
        "wire structs without behaviour",
    ),
    "dialects/gemini_generate/media_encoding.py": (
        "dialects/gemini_generate/test_part_encoding.py",
        "parts of one kind, tested with the others",
    ),
    "dialects/gemini_generate/notes.py": (
        "dialects/gemini_generate/test_request_decoding.py",
        "what is gathered, tested by what comes of it",
    ),
    "dialects/gemini_generate/stream_calls.py": (
        "dialects/gemini_generate/test_stream_encoding.py",
        "calls, tested in streams",
    ),
    "dialects/gemini_generate/stream_candidate.py": (
        "dialects/gemini_generate/test_stream_decoding.py",
        "candidates, tested in streams",
    ),
    "dialects/gemini_generate/stream_ending.py": (
        "dialects/gemini_generate/test_stream_encoding.py",
        "the last event, tested in streams",
    ),
    "dialects/gemini_generate/wire.py": (
        "dialects/gemini_generate",
        "wire structs without behaviour",
    ),
    "dialects/gemini_generate/words.py": (
        "dialects/gemini_generate/test_recorded.py",
        "tables of the vendor's words",
    ),
    "dialects/openai_chat/calls.py": (
        "dialects/openai_chat/test_request_decoding.py",
        "calls, tested in messages",
    ),
    "dialects/openai_chat/choice_decoding.py": (
        "dialects/openai_chat/test_stream_decoding.py",
        "choices, tested in streams",
    ),
    "dialects/openai_chat/choice_encoding.py": (
        "dialects/openai_chat/test_response_encoding.py",
        "choices, tested in answers",
    ),
    "dialects/openai_chat/chunk_writing.py": (
        "dialects/openai_chat/test_stream_encoding.py",
        "chunks, tested in streams",
    ),
    "dialects/openai_chat/controls.py": (
        "dialects/openai_chat/test_request_encoding.py",
        "settings, tested in requests",
    ),
    "dialects/openai_chat/messages_decoding.py": (
        "dialects/openai_chat/test_response.py",
        "messages, tested in answers",
    ),
    "dialects/openai_chat/parts_decoding.py": (
        "dialects/openai_chat/test_request_decoding.py",
        "parts, tested in requests",
    ),
    "dialects/openai_chat/pieces.py": (
        "dialects/openai_chat/test_stream_encoding.py",
        "parts that come whole, tested in streams",
    ),
    "dialects/openai_chat/spelling.py": (
        "dialects/openai_chat/test_bad_input.py",
        "what keeps a changed body as it was",
    ),
    "dialects/openai_chat/turns_decoding.py": (
        "dialects/openai_chat/test_request_decoding.py",
        "turns, tested in requests",
    ),
    "dialects/openai_chat/wire.py": ("dialects/openai_chat", "wire structs without behaviour"),
    "dialects/openai_chat/words.py": (
        "dialects/openai_chat/test_recorded.py",
        "tables of the vendor's words",
    ),
    "dialects/openai_embeddings/wire.py": (
        "dialects/openai_embeddings",
        "wire structs without behaviour",
    ),
    "dialects/openai_responses/wire.py": (
        "dialects/openai_responses",
        "wire structs without behaviour",
    ),
    "dialects/_cohere/embedded.py": (
        "dialects/cohere_embeddings/test_response.py",
        "shared by two dialects, tested through both",
    ),
    "dialects/_cohere/embeds.py": (
        "dialects/cohere_embeddings/test_request.py",
        "shared by two dialects, tested through both",
    ),
    "dialects/_cohere/inputs.py": (
        "dialects/cohere_embeddings/test_request.py",
        "shared by two dialects, tested through both",
    ),
    "dialects/bedrock_embeddings/nova.py": (
        "dialects/bedrock_embeddings/test_request.py",
        "one publisher's bodies, round trips of which are tested there",
    ),
    "dialects/bedrock_embeddings/titan.py": (
        "dialects/bedrock_embeddings/test_request.py",
        "one publisher's bodies, round trips of which are tested there",
    ),
    "dialects/bedrock_embeddings/wire.py": (
        "dialects/bedrock_embeddings",
        "wire structs and names without behaviour",
    ),
    "dialects/cohere_chat/frames.py": (
        "dialects/cohere_chat/test_recorded.py",
        "what frames say of events, which every recorded stream is made of",
    ),
    "dialects/cohere_chat/messages_decoding.py": (
        "dialects/cohere_chat/test_laws.py",
        "messages of requests and answers, read in the tests of both",
    ),
    "dialects/cohere_chat/messages_encoding.py": (
        "dialects/cohere_chat/test_request_encoding.py",
        "the conversation of a request, told there by tables",
    ),
    "dialects/cohere_chat/wire.py": ("dialects/cohere_chat", "wire structs without behaviour"),
    "dialects/bedrock_count_tokens/wire.py": (
        "dialects/bedrock_count_tokens",
        "wire structs without behaviour",
    ),
    "dialects/cohere_embeddings/wire.py": (
        "dialects/cohere_embeddings",
        "wire structs without behaviour",
    ),
    "dialects/gemini_embeddings/contents.py": (
        "dialects/gemini_embeddings/test_request.py",
        "a stage of reading and writing requests",
    ),
    "dialects/gemini_embeddings/items.py": (
        "dialects/gemini_embeddings/test_request.py",
        "a stage of reading and writing requests",
    ),
    "dialects/gemini_embeddings/settings.py": (
        "dialects/gemini_embeddings/test_request.py",
        "a stage of reading and writing requests",
    ),
    "dialects/gemini_embeddings/spelt.py": (
        "dialects/gemini_embeddings/test_request.py",
        "a stage of reading and writing requests",
    ),
    "dialects/gemini_embeddings/wire.py": (
        "dialects/gemini_embeddings",
        "wire structs without behaviour",
    ),
    "dialects/oci_chat/cohere_request.py": (
        "dialects/oci_chat/test_request_encoding.py",
        "one of the formats of requests, told there by tables",
    ),
    "dialects/oci_chat/cohere_response.py": (
        "dialects/oci_chat/test_response_encoding.py",
        "one of the formats of answers, told there by tables",
    ),
    "dialects/oci_chat/frames.py": (
        "dialects/oci_chat/test_laws.py",
        "what frames say of events, which every stream there is made of",
    ),
    "dialects/oci_chat/turns_encoding.py": (
        "dialects/oci_chat/test_request_encoding.py",
        "the conversation of a request, told there by tables",
    ),
    "dialects/oci_chat/wire.py": ("dialects/oci_chat", "wire structs without behaviour"),
    "dialects/ollama_chat/frames.py": (
        "dialects/ollama_chat/test_recorded.py",
        "what frames say of events, which every recorded stream is made of",
    ),
    "dialects/ollama_chat/turns_encoding.py": (
        "dialects/ollama_chat/test_request_encoding.py",
        "the conversation of a request, told there by tables",
    ),
    "dialects/ollama_chat/wire.py": ("dialects/ollama_chat", "wire structs without behaviour"),
    "dialects/ollama_embeddings/wire.py": (
        "dialects/ollama_embeddings",
        "wire structs without behaviour",
    ),
    "dialects/openai_completions/frames.py": (
        "dialects/openai_completions/test_recorded.py",
        "what frames say of events, which every recorded stream is made of",
    ),
    "dialects/openai_completions/wire.py": (
        "dialects/openai_completions",
        "wire structs without behaviour",
    ),
    "dialects/bedrock_converse/wire.py": (
        "dialects/bedrock_converse",
        "wire structs without behaviour",
    ),
    "dialects/codec.py": (
        "dialects/codec_laws.py",
        "the shape of a codec; each is held to its laws",
    ),
    "providers/kind.py": (
        "providers/test_openai.py",
        "the shape of a kind; every kind has its test",
    ),
    "replay/evidence.py": ("replay/test_exit_plan.py", "values, read there from their file"),
    "replay/findings.py": ("replay/test_drill.py", "what a drill adds up, told by hand there"),
    "replay/wording.py": ("replay/test_exit_plan.py", "sentences, tested as they are read"),
    "simulator/dialects": ("sim", "what a simulated platform says, read by the official clients"),
    "simulator/platforms": ("sim", "what a simulated platform says, read by the official clients"),
    "ledger/store/batch.py": ("ledger/store/test_database.py", "rows, told by what takes them in"),
    "ledger/store/known.py": ("ledger/store/test_rows.py", "a value; rows say what it means"),
    "ledger/store/interface.py": (
        "stores/postgres/test_ledger.py",
        "what two databases do alike, held against each other there",
    ),
    "stores/status.py": ("cli/test_store.py", "what the command prints"),
    "stores/postgres/batches.py": ("stores/postgres/test_ledger.py", "the ledger's one statement"),
    "stores/postgres/loop_thread.py": (
        "stores/postgres/test_ledger.py",
        "where its writer and readers run",
    ),
    "stores/postgres/migrations": ("stores/postgres/test_migrating.py", "run by what migrates"),
    "stores/postgres/place.py": ("stores/postgres/test_connection.py", "an address, as told there"),
    "stores/postgres/reading.py": (
        "stores/postgres/test_ledger.py",
        "answers held against a file's",
    ),
    "stores/postgres/revision.py": ("stores/postgres/test_migrating.py", "what migrating asks"),
    "stores/postgres/status.py": ("cli/test_store.py", "what the command prints"),
}
"""Module or folder to its tests and the reason."""


def mirror_of(path: Path) -> Path:
    """The test file that belongs to a module."""
    inside = path.relative_to(SOURCE)
    return TESTS / inside.parent / f"test_{inside.stem.lstrip('_')}.py"


def exemption_of(name: str) -> str | None:
    """The entry above that covers a module."""
    return next(
        (key for key in COVERED_ELSEWHERE if name == key or name.startswith(f"{key}/")), None
    )


def untested() -> list[str]:
    """Modules with code and without a test file of their own."""
    return [
        path.relative_to(SOURCE).as_posix()
        for path in modules()
        if path.name != "__init__.py" and not mirror_of(path).is_file()
    ]


def test_every_module_has_its_test_file() -> None:
    assert [name for name in untested() if exemption_of(name) is None] == []


def test_exemptions_are_needed_and_true() -> None:
    needed = {exemption_of(name) for name in untested()}
    assert set(COVERED_ELSEWHERE) - needed == set()
    assert [test for test, _ in COVERED_ELSEWHERE.values() if not (TESTS / test).exists()] == []


def test_every_folder_of_modules_has_a_charter() -> None:
    folders = {path.parent for path in modules()}
    assert [f for f in sorted(folders) if not text_of(f / "__init__.py").startswith('"""')] == []
