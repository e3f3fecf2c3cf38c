"""`mistral`: Mistral's own platform. `base_url` is what its client is given, without `/v1`.

Its chat is OpenAI's but for names: `max_tokens`, `random_seed`, no role `developer`, a stream that
tells its usage unasked, calls with ids of nine letters and digits, and `prefix` in an answer to go
on. A member that it does not know is refused with 422, so nothing else is changed, and translations
leave such members out. Regions, members and roles as in mistralai 3.7.0 (read 2026-11-22);
`max_completion_tokens` and `store` refused in github.com/Gitlawb/openclaude, thread 739 (read
2026-11-22).
"""

from collections.abc import Mapping
from typing import Final

from detente.canonical.failure import Failure
from detente.canonical.model import Deployment, Dialect
from detente.providers._error_body import ErrorWords, read_error
from detente.providers._judging import common_judge
from detente.providers.kind import FORWARDED, ProviderKind, Quirks, Site, bearer

VERSION: Final = "/v1"
PATHS: Final[dict[Dialect, str]] = {
    "openai_chat": "/chat/completions",
    "openai_embeddings": "/embeddings",
}
REGIONS: Final = ("eu", "us")
CHAT: Final = Quirks(
    renamed={"max_completion_tokens": "max_tokens", "seed": "random_seed"},
    roles={"developer": "system"},
    asks_usage=False,
    call_id_characters=9,
    prefix="prefix",
    refused=(
        "audio",
        "function_call",
        "functions",
        "modalities",
        "parts.file",
        "parts.input_audio",
        "safety_identifier",
        "service_tier",
        "store",
        "user",
        "verbosity",
    ),
    thoughts="thinking",
)
"""Refused are members that mistralai has no place for, tiers, whose words there are others
(`standard_only`), files unless they were uploaded, and sound in an object, not a string."""
GUARDED: Final = 403
"""What a request's own `guardrails` answer, where they block it (mistralai 3.7.0)."""
GUARDRAIL: Final = "guardrail"
EMBEDDINGS: Final = Quirks(renamed={"dimensions": "output_dimension"})


def target(site: Site, deployment: Deployment, dialect: Dialect) -> str:
    """The operation's path; an address that ends in `/v1`, as OpenAI's client has it, will do."""
    del deployment
    return site.root.removesuffix(VERSION) + VERSION + PATHS[dialect]


def judge(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Failure | None:
    """See `common_judge`; a 403 that speaks of a guardrail is about the prompt."""
    if status == GUARDED and _blocked(read_error(body)):
        return None
    return common_judge("Mistral", status, headers, body)


def _blocked(error: ErrorWords) -> bool:
    """Whether an error is a guardrail's. A sentence elsewhere in which a prompt says so would end
    in the client's hands too, which is the safe side."""
    return GUARDRAIL in error.sentence.lower() or any(GUARDRAIL in code for code in error.codes)


KIND: Final = ProviderKind(
    name="mistral",
    default_base_url="https://api.mistral.ai",
    default_host="mistral",
    dialects=tuple(PATHS),
    target=target,
    auth_headers=bearer,
    forwarded_headers=FORWARDED,
    judge=judge,
    regional_base_urls={region: f"https://api.{region}.mistral.ai" for region in REGIONS},
    quirks={"openai_chat": CHAT, "openai_embeddings": EMBEDDINGS},
)
