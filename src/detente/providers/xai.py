"""`xai`: xAI's own platform, which speaks OpenAI's dialects. `base_url` includes `/v1`.

The region `us` has an address of its own, with few models and a higher price. Errors are
`{"code": "…", "error": "…"}`, both of them sentences; a wrong key is answered with 400, an empty
account with 403 (https://docs.x.ai/developers/debugging, read 2026-11-22; xAI's clients of
2026 report both in the threads of github.com/continuedev/continue, 10778, read 2026-11-22).
"""

from collections.abc import Mapping
from typing import Final

from detente.canonical.failure import Failure
from detente.canonical.model import Deployment, Dialect
from detente.providers import openai
from detente.providers._judging import common_judge
from detente.providers.kind import FORWARDED, ProviderKind, Site, bearer

PATHS: Final[dict[Dialect, str]] = {
    "openai_chat": "/chat/completions",
    "openai_responses": "/responses",
}


def target(site: Site, deployment: Deployment, dialect: Dialect) -> str:
    """The operation's path below `base_url`; the model travels in the body."""
    del deployment
    return site.root + PATHS[dialect]


def judge(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Failure | None:
    """See `common_judge`: a 400 may speak of our key, a 403 of our funds."""
    return common_judge("xAI", status, headers, body)


KIND: Final = ProviderKind(
    name="xai",
    default_base_url="https://api.x.ai/v1",
    default_host="xai",
    dialects=tuple(PATHS),
    target=target,
    auth_headers=bearer,
    forwarded_headers=FORWARDED | openai.KIND.forwarded_headers,
    judge=judge,
    regional_base_urls={"us": "https://us.api.x.ai/v1"},
)
