"""Writes the reference pages that are made from the code: the command line, the configuration, the
loss matrix, the capabilities of models, the kinds of provider, the admin API, the metrics.

`make docs` runs it; a test compares what it would write with what is there. Everything else in
`docs/` is written by hand.

>>> pages()["reference/configuration.md"].startswith("# The configuration")
True
"""

import inspect
import re
import types
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from detente.canonical.capability import Capabilities
from detente.catalog import capability_rows
from detente.cli import COMMANDS, build_app
from detente.configuration.schema import Configuration
from detente.dialects.matrix import ROWS, Cell, Sheet, columns, feature_of, row_of
from detente.gateway.admin.openapi import document
from detente.gateway.admin.operation import REFUSAL_STATUS
from detente.gateway.measures.exposition import FAMILIES
from detente.providers import KINDS, ProviderKind, Row, compatible_rows
from detente.providers.kind import FORWARDED

DOCS = Path(__file__).resolve().parent
MADE = "<!-- Made by `make docs` from the code; change it there. -->\n"

CLI_HEAD = f"""# The command line
{MADE}
Every command that prints facts has `--json`. A command ends with status 0 when it is done
(warnings included), 1 when the answer is bad news (`check` found errors, `route` was denied),
and 2 for wrong usage or unreadable input, with one sentence that names the cure.
"""

CONFIGURATION_HEAD = f"""# The configuration
{MADE}
One TOML file, `detente.toml`; agreements stand in a folder beside it
([their reference](agreements.md)). Unknown keys are errors that name the nearest known key,
file and line. Secrets stand here by reference only. Dates without a time are midnight, times
without a zone are UTC. `detente schema` prints the same as JSON Schema, for editors.
"""

LOSSES_HEAD = f"""# Losses
{MADE}
What becomes of each feature in each dialect, where the other side speaks another one: found by
encoding a sample of it. Same-dialect traffic loses nothing: its bytes pass. Every cell can be seen
at work, offline:

<!-- run -->
```console
$ detente translate --sample seed --to anthropic_messages
```

| | |
| --- | --- |
| ● | carried |
| ◐ | dropped, and named in `x-detente-loss` and the ledger; the request means the same without it |
| ○ | refused with `loss_refused` (422), for it would be another request, unless another \
deployment carries it; where `[translation] allow` has the feature's name, dropped and named |

A row's name up to its colon is the feature's: what [`allow`](configuration.md#translation) and the
header name. With `x-detente-on-loss: refuse`, or `on_loss = "refuse"`, ◐ is ○, too. What a *model*
cannot do is lost in the same way, whatever its dialect: see [capabilities](capabilities.md).
[Translation](../explanation/translation.md) tells how all this is decided.
"""

SHEETS: dict[Sheet, str] = {
    "request": "## Requests\n",
    "answer": "## Answers\n\nAn answer is never refused: what its client's dialect cannot say is "
    "dropped and named.\n",
    "embedding request": "## Requests for embeddings\n\nBedrock's bodies are those of each model's "
    "maker.\n",
    "embedding answer": "## Answers with embeddings\n",
}

CAPABILITIES_HEAD = f"""# Capabilities
{MADE}
What a model can do belongs to the model, whichever dialect it is asked in. Detente has a small
catalog of dated facts. Before a request is translated, what its model cannot take is clamped or
left out, and [named](losses.md); what is not known of a model is not held against a request, and
requests that pass through in their own dialect are never touched.
"""

CAPABILITIES_OVERRIDE = """
## Say otherwise

The catalog is a help, not an authority. A configuration's own word wins, member by member; for a
model that the catalog does not know it is the only one:

```toml
[models."acme/house-model"]
deployments = [{ provider = "vllm", id = "house-model" }]
capabilities = { output_tokens_max = 4096, forced_tool_choice = false, reasoning = ["none"] }
```

## The catalog

The first row whose pattern fits a model's name (`publisher/model`) counts. What a row does not say
is not known.
"""

CAPABILITY_USES = {
    "context_tokens": "shown only: what does not fit, the platform refuses itself",
    "output_tokens_max": "a larger bound is clamped (`input_range`); where the dialect demands a "
    "bound and the client gave none, it is this",
    "temperature": "clamped into the range (`input_range`)",
    "sampling": "members that are not in the list are left out",
    "forced_tool_choice": "where false, a choice that demands a call is lost (`tool_choice`)",
    "parallel_tool_calls": "where false, a wish for parallel calls is lost",
    "structured_output": "where false, a schema for the answer is lost (`json_schema`)",
    "input_modalities": "media of other kinds are lost (`image`, `audio_input`, `video_input`, "
    "`document`)",
    "reasoning": "how thinking is asked for: a wish becomes the member that the model takes; "
    '`["none"]`: a wish to think is lost (`reasoning_control`)',
    "reasoning_efforts": "another effort becomes the nearest (`input_range`)",
    "reasoning_can_be_off": "where false, a wish not to think is lost (`reasoning_control`)",
    "prefill": "where false, an answer that was begun for the model is lost (`assistant_prefill`)",
}

KINDS_HEAD = f"""# Kinds of provider
{MADE}
What `kind` may be in `[providers.NAME]`, and what each kind has of its own accord. What is special
about a platform, with an example of each, is told in [providers](providers.md); where credentials
come from in [give credentials](../how-to/give-credentials.md). `detente providers list --kinds`
prints addresses and dialects, `--json` the rest as well.

## Platforms

An address with `{{region}}` wants a `region`; one that is required is your own resource's or
machine's. `host` is who owns the machines, for agreements; where there is none, give it.
"""

KINDS_ROWS_HEAD = """
## Hosts that speak OpenAI's dialects

Kinds as well, though they need no code: rows of `src/detente/providers/compatible.toml`. Their key
travels as `Authorization: Bearer`. Those without an address are run by whoever uses them: give
`base_url` (with `/v1`) and `host`. A quirk is evened out where nothing gets lost. What a host
*refuses* is sent all the same where a client of OpenAI's chat wrote it, and the host's error is the
answer; translated requests leave it out, and name it as lost.
"""

KINDS_FORWARDED_HEAD = f"""
## What a provider sees of the client's headers

{", ".join(f"`{name.decode()}`" for name in sorted(FORWARDED))}, and what changes the meaning of a
request there. Nothing else: no keys, cookies, addresses, accounts, idempotency keys or headers of
the gateway's own. Hosts of the next table are as `openai`, those that speak `anthropic_messages` as
`openai_compatible`.

| kind | also |
| --- | --- |
"""

ADMIN_HEAD = f"""# The admin API
{MADE}
On `server.admin_listen`, over JSON; how to reach it, and who may do what, is told in
[administer](../how-to/administer.md). A running gateway serves this as an OpenAPI 3.1 document at
`/admin/v1/openapi.json`; `detente schema --admin` prints it.

A command is a POST, PUT or DELETE with `content-type: application/json` (a DELETE may leave it
out). What is refused has a `code` and `errors`, sentences that name the cure:

| status | codes |
| --- | --- |
"""

METRICS_HEAD = f"""# Metrics
{MADE}
`GET /metrics` on `server.admin_listen`, in Prometheus's text format; it needs the permission `read`
([administer](../how-to/administer.md)). Numbers begin at zero with the control process. Those of
requests come from the ledger, and are as late as it is (`ledger.sync_interval_ms`); labels
name only what the configuration or the key store names, and the number of series is bounded.

| metric | kind | labels | meaning |
| --- | --- | --- | --- |
"""

SECTIONS = {
    "openai": "openai",
    "azure": "azure-openai",
    "foundry": "microsoft-foundry",
    "anthropic": "anthropic",
    "anthropic_aws": "claude-platform-on-aws",
    "gemini": "gemini-api",
    "vertex": "vertex-ai",
    "bedrock": "amazon-bedrock",
    "bedrock_mantle": "bedrock-mantle",
    "cohere": "cohere",
    "oci": "oracle-cloud",
    "ollama": "ollama",
    "xai": "xai",
    "mistral": "mistral",
    "openai_compatible": "openai-compatible-servers",
}
"""Where `providers.md` tells of a kind."""

WORDS = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    Decimal: "number",
    datetime: "date or time",
    type(None): "",
}


def pages() -> dict[str, str]:
    """Every made page by its path below `docs/`."""
    return {
        "reference/cli.md": cli_page(),
        "reference/configuration.md": configuration_page(),
        "reference/losses.md": losses_page(),
        "reference/capabilities.md": capabilities_page(),
        "reference/kinds.md": kinds_page(),
        "reference/admin-api.md": admin_page(),
        "reference/metrics.md": metrics_page(),
    }


def cli_page() -> str:
    """All commands, in the order of the registry, each with its whole docstring."""
    app = build_app(in_full=[command.name for command in COMMANDS])
    text = app.generate_docs(output_format="markdown", usage_name="detente")
    body = text[text.index("\n## detente ") + 1 :]
    return CLI_HEAD + "\n" + re.sub(r"\n{3,}", "\n\n", body).rstrip() + "\n"


def configuration_page() -> str:
    """Every table of `detente.toml` with its keys, types and defaults."""
    sections = [CONFIGURATION_HEAD, *(_section(table) for table in _tables(Configuration, {}))]
    return "\n".join(sections)


def losses_page() -> str:
    """The loss matrix, with its sentences."""
    return "\n".join([LOSSES_HEAD, *(_sheet(sheet, head) for sheet, head in SHEETS.items())])


def _sheet(sheet: Sheet, head: str) -> str:
    names = [column.name for column in columns(sheet)]
    rows = {row: row_of(sheet, row) for row in ROWS[sheet]}
    lines = [
        head,
        "| feature | " + " | ".join(f"`{name}`" for name in names) + " |",
        "| --- |" + " --- |" * len(names),
    ]
    for row, cells in rows.items():
        marks = [_mark(cells[name], sheet) for name in names]
        lines.append(f"| {_row_name(row)} | " + " | ".join(marks) + " |")
    lines.append("")
    for row, cells in rows.items():
        lines += _reasons(row, cells)
    return "\n".join([*lines, ""])


def _row_name(row: str) -> str:
    feature, colon, variant = row.partition(":")
    return f"`{feature}`{colon}{variant}"


def _mark(cell: Cell, sheet: Sheet) -> str:
    if cell.severity is None:
        return "●"
    return "○" if cell.severity == "refuse" and sheet.endswith("request") else "◐"


def _reasons(row: str, cells: dict[str, Cell]) -> list[str]:
    """Why a feature is lost, each sentence once with the dialects that say it."""
    feature = feature_of(row)
    said: dict[str, list[str]] = {}
    for name, cell in cells.items():
        own = [loss for loss in cell.losses if loss.what == feature] or cell.losses
        for why in dict.fromkeys(loss.why for loss in own):
            said.setdefault(why, []).append(f"`{name}`")
    if not said:
        return []
    reasons = [f"{why} ({', '.join(names)})" for why, names in said.items()]
    return [f"- {_row_name(row)}: " + "; ".join(reasons)]


def capabilities_page() -> str:
    """What the members of `capabilities` mean, and what the catalog knows."""
    known = Capabilities.__struct_fields__
    members = [f"| `{name}` | {CAPABILITY_USES[name]} |" for name in known]
    rows = [
        f"| `{row.model}` | {_said(row)} | [source]({row.page}) | {row.read.isoformat()} |"
        for row in capability_rows()
    ]
    return "\n".join(
        [
            CAPABILITIES_HEAD,
            "## Members\n",
            inspect.cleandoc(Capabilities.__doc__ or "") + "\n",
            "| member | what happens to a request |",
            "| --- | --- |",
            *members,
            CAPABILITIES_OVERRIDE,
            "| model | known | page | read |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


def kinds_page() -> str:
    """Every kind of provider: those in code, then the rows of `compatible.toml`."""
    addresses = [
        f"| `{kind.name}` | `{region}` | `{url}` |"
        for kind in KINDS
        for region, url in kind.regional_base_urls.items()
    ]
    hosts = [_host_line(name, row) for name, row in compatible_rows().items()]
    return "\n".join(
        [
            KINDS_HEAD,
            "| kind | `base_url`, if none is given | host | speaks | its key travels as | needs |",
            "| --- | --- | --- | --- | --- | --- |",
            *map(_kind_line, KINDS),
            "\n## Addresses of regions\n",
            "These regions have an address of another form.\n",
            "| kind | region | address |",
            "| --- | --- | --- |",
            *addresses,
            KINDS_FORWARDED_HEAD + "\n".join(_forwarded_line(kind) for kind in KINDS),
            KINDS_ROWS_HEAD,
            "| kind | `base_url`, if none is given | host | speaks | quirks | page, read |",
            "| --- | --- | --- | --- | --- | --- |",
            *hosts,
            "",
        ]
    )


def admin_page() -> str:
    """Every operation of the admin API with what it takes and answers, then every form of body."""
    told: Any = document()
    codes: dict[int, list[str]] = {}
    for code, status in REFUSAL_STATUS.items():
        codes.setdefault(status, []).append(f"`{code}`")
    operations = [
        _operation(method, path, operation)
        for path, item in told["paths"].items()
        for method, operation in item.items()
    ]
    forms = [_form(name, schema) for name, schema in sorted(told["components"]["schemas"].items())]
    return "\n".join(
        [
            ADMIN_HEAD + "\n".join(f"| {k} | {', '.join(v)} |" for k, v in sorted(codes.items())),
            "\n## Operations\n",
            *operations,
            "## Forms\n",
            *forms,
        ]
    )


def _operation(method: str, path: str, operation: Any) -> str:
    lines = [f"### `{method.upper()} {path}`\n", operation["summary"]]
    if permission := operation.get("description"):
        lines.append(permission)
    lines.append("")
    for parameter in operation.get("parameters", ()):
        where = f"`{parameter['name']}` (in the {parameter['in']})"
        lines.append(f"- {where}: {_schema_words(parameter['schema'])}")
    if body := operation.get("requestBody"):
        lines.append(f"- body: {_schema_words(body['content']['application/json']['schema'])}")
    for status, answer in operation["responses"].items():
        if not answer["description"].startswith("Refused"):
            ((media, found),) = answer["content"].items()
            words = _schema_words(found["schema"]) if "json" in media else f"`{media}`"
            lines.append(f"- {status}: {words}")
    return "\n".join([*lines, ""])


def _form(name: str, schema: Any) -> str:
    required = schema.get("required", ())
    rows = [
        f"| `{key}` | {_schema_words(found)} | {'required' if key in required else ''} |"
        for key, found in schema.get("properties", {}).items()
    ]
    head = ["| member | type | |", "| --- | --- | --- |"] if rows else []
    words = schema.get("description") or f"{_schema_words(schema)}."
    return "\n".join([f"### {name}\n", words, "", *head, *rows, *([""] if rows else [])])


def _schema_words(schema: Any) -> str:
    """A JSON Schema in a few words of prose."""
    if (reference := schema.get("$ref")) is not None:
        name = reference.rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_schema_words(one) for one in schema["anyOf"]))
    if "enum" in schema:
        return " or ".join("null" if one is None else f"`{one}`" for one in schema["enum"])
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"array of {_schema_words(schema.get('items') or {})}"
    if kind == "object" and isinstance(values := schema.get("additionalProperties"), dict):
        return f"object of {_schema_words(values)}"
    bounds = ("minimum", "exclusiveMinimum", "maximum", "maxLength", "pattern", "format")
    said = [f"{_bound(key)} `{schema[key]}`" for key in bounds if key in schema]
    return " ".join([kind, *said])


def _bound(key: str) -> str:
    words = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "maxLength": "of at most"}
    return words.get(key, {"pattern": "like", "format": "as"}.get(key, key))


def metrics_page() -> str:
    """Every metric."""
    rows = [
        f"| `{one.exposed_name}` | {one.kind} | {', '.join(f'`{label}`' for label in one.labels)} "
        f"| {one.meaning} |"
        for one in FAMILIES
    ]
    return METRICS_HEAD + "\n".join([*rows, ""])


def _kind_line(kind: ProviderKind) -> str:
    needs = [f"`{key}`" for key in kind.needs]
    if kind.default_base_url is None:
        needs.insert(0, "`base_url`")
    elif "{region}" in kind.default_base_url and "region" not in kind.needs:
        needs.insert(0, "`region`")
    if kind.default_host is None:
        needs.append("`host`")
    cells = [
        f"[`{kind.name}`](providers.md#{SECTIONS[kind.name]})",
        _code(kind.default_base_url),
        _code(kind.default_host),
        ", ".join(f"`{dialect}`" for dialect in kind.dialects),
        _ways(kind),
        ", ".join(needs) or "nothing",
    ]
    return f"| {' | '.join(cells)} |"


def _ways(kind: ProviderKind) -> str:
    """How credentials travel: a key's header, and what `credentials` and access keys become."""
    names = [
        f"`{name.decode()}`" + (" as a bearer" if value.startswith(b"Bearer") else "")
        for name, value in kind.auth_headers("KEY")
    ]
    further = {"aws": "a signature", "oci": "a signature"}.get(kind.chain or "", "a token")
    return " and ".join(names) + (f", or {further} (`credentials`)" if kind.chain else "")


def _forwarded_line(kind: ProviderKind) -> str:
    further = [f"`{name.decode()}`" for name in sorted(kind.forwarded_headers - FORWARDED)]
    return f"| `{kind.name}` | {', '.join(further) or 'nothing'} |"


def _host_line(name: str, row: Row) -> str:
    quirks = [f"`{ours}` as `{theirs}`" for ours, theirs in (row.renamed | row.roles).items()]
    if row.auth != "bearer":
        quirks.append("its key as `x-api-key`, too")
    if row.refused:
        quirks.append("refuses " + ", ".join(f"`{member}`" for member in row.refused))
    addresses = [_code(row.base_url), *(f"`{one}`: `{url}`" for one, url in row.regions.items())]
    cells = [
        f"`{name}` ({row.title})",
        "; ".join(addresses),
        _code(row.host),
        ", ".join(f"`{dialect}`" for dialect in row.dialects),
        "; ".join(quirks) or "none",
        f"[source]({row.page}), {row.read.isoformat()}",
    ]
    return f"| {' | '.join(cells)} |"


def _code(text: str | None) -> str:
    return "-" if text is None else f"`{text}`"


def _said(row: msgspec.Struct) -> str:
    """The members that a row of the catalog has, as TOML has them."""
    said = {name: getattr(row, name) for name in Capabilities.__struct_fields__}
    return "; ".join(
        f"`{name}` {_value(value)}" for name, value in said.items() if value is not None
    )


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if all(isinstance(one, float) for one in value):
        return " to ".join(f"{one:g}" for one in value)
    return ", ".join(value) or "none"


def _tables(
    table: type[msgspec.Struct], seen: dict[type[msgspec.Struct], None]
) -> list[type[msgspec.Struct]]:
    """`table` and every table below it, each once, in reading order."""
    seen[table] = None
    for field in msgspec.structs.fields(table):
        for inner in _structs(field.type):
            if inner not in seen:
                _tables(inner, seen)
    return list(seen)


def _structs(kind: Any) -> list[type[msgspec.Struct]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return [kind]
    return [found for argument in get_args(kind) for found in _structs(argument)]


def _section(table: type[msgspec.Struct]) -> str:
    rows = [
        f"| `{field.encode_name}` | {_type(field.type)} | {_default(field)} |"
        for field in msgspec.structs.fields(table)
    ]
    return "\n".join(
        [
            f"## {table.__name__}\n",
            inspect.cleandoc(table.__doc__ or ""),
            "",
            "| key | type | default |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


def _type(kind: Any) -> str:
    """A type in words, as one would say what to write."""
    if kind in WORDS:
        return WORDS[kind]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return f"[{kind.__name__}](#{kind.__name__.lower()})"
    arguments = get_args(kind)
    match get_origin(kind):
        case origin if origin is Annotated:
            words = _type(arguments[0]) + _bounds(arguments[1:])
        case origin if origin is Literal:
            words = ", ".join(f'`"{word}"`' for word in arguments)
        case origin if origin in (Union, types.UnionType):
            words = " or ".join(filter(None, (_type(argument) for argument in arguments)))
        case origin if origin is dict:
            words = f"table of {_type(arguments[1])} by name"
        case _:
            words = f"array of {_type(arguments[0])}"
    return words


def _bounds(notes: tuple[Any, ...]) -> str:
    found = [note for note in notes if isinstance(note, msgspec.Meta)]
    words = [f" ≥ {note.ge}" for note in found if note.ge is not None]
    words += [f" ≤ {note.le}" for note in found if note.le is not None]
    words += [f" matching `{note.pattern}`" for note in found if note.pattern is not None]
    return ",".join(words)


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    value = field.default
    if value is msgspec.NODEFAULT:
        value = field.default_factory() if field.default_factory is not msgspec.NODEFAULT else None
    if value is None or value in ((), {}):
        return "none"
    if isinstance(value, msgspec.Struct):
        return "its defaults"
    if isinstance(value, date | time):
        return f"`{value.isoformat()}`"
    return f"`{msgspec.json.encode(value).decode()}`"


def main() -> None:
    """Writes the pages."""
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
