"""`bedrock_mantle`: Amazon Bedrock's other host, which speaks the publishers' own dialects.

`base_url` is the host, or what an SDK is given there (with `/anthropic`, `/v1` or `/openai/v1`).
Claude speaks Anthropic's messages below `/anthropic` (`AnthropicBedrockMantle` of anthropic
2.12.0), all others OpenAI's dialects below `/v1` or, some, `/openai/v1` (the provider `bedrock` of
openai 3.54.0 has the latter by default). Its key is a bearer key, or an access key of AWS signs for
the service `bedrock-mantle`. On a host of the runtime the same paths are signed for `bedrock`, and
OpenAI's dialects are below `/openai/v1`.

It has no guardrails and no inference profiles: ids are the models' own
(https://docs.aws.amazon.com/bedrock/latest/userguide/endpoints.html, read 2026-11-22).
"""

from collections.abc import Mapping
from typing import Final

from detente.canonical.extras import Json
from detente.canonical.failure import Failure
from detente.canonical.model import Deployment, Dialect
from detente.providers import bedrock
from detente.providers._aws_judging import aws_judge
from detente.providers._aws_signing import signs_for
from detente.providers._bedrock_demands import OPENAI, tier_members
from detente.providers._bedrock_models import is_frontier_gpt, own_id, publisher_of
from detente.providers.kind import FORWARDED, Header, ProviderKind, Site, bearer

PLATFORM: Final = "Bedrock Mantle"
SERVICE: Final = "bedrock-mantle"
RUNTIME: Final = "bedrock-runtime"
"""How the names of the runtime's hosts begin."""
LATER_ROOT: Final = "/openai/v1"
PATHS: Final[dict[Dialect, str]] = {
    "anthropic_messages": "/v1/messages",
    "anthropic_count_tokens": "/v1/messages/count_tokens",
    "openai_chat": "/chat/completions",
    "openai_responses": "/responses",
}
CLAUDE: Final[tuple[Dialect, ...]] = ("anthropic_messages", "anthropic_count_tokens")
_ROOTS: Final = (LATER_ROOT, "/v1", "/anthropic")
_LATER: Final = ("openai.gpt-", "xai.", "google.gemma-4")
_NOT_LATER: Final = "openai.gpt-oss"
"""Models below `/openai/v1`; below the other root they are refused (`model … isn't supported on
this route`): https://docs.aws.amazon.com/bedrock/latest/userguide/inference-responses-api.html, the
models' cards, and github.com/strands-agents/harness-sdk, thread 3654 (read 2026-11-22)."""


def target(site: Site, deployment: Deployment, dialect: Dialect) -> str:
    """The operation's path; the model travels in the body."""
    root = site.root
    given = next((end for end in _ROOTS if root.endswith(end)), "")
    root = root.removesuffix(given)
    if dialect in CLAUDE:
        return f"{root}/anthropic{PATHS[dialect]}"
    if site.name.startswith(RUNTIME):
        below = LATER_ROOT
    elif given.endswith("/v1"):
        below = given
    else:
        below = LATER_ROOT if _is_later(deployment) else "/v1"
    return root + below + PATHS[dialect]


def dialects_of(deployment: Deployment) -> tuple[Dialect, ...]:
    """What one model speaks: Claude its own, GPT with closed weights Responses, and all others
    chat; some of those respond as well."""
    if publisher_of(deployment) == "anthropic":
        return CLAUDE
    if is_frontier_gpt(deployment):
        return ("openai_responses",)
    responds = _is_later(deployment) or _name(deployment).startswith(_NOT_LATER)
    return ("openai_chat", "openai_responses") if responds else ("openai_chat",)


def headers(site: Site, deployment: Deployment, dialect: Dialect) -> tuple[Header, ...]:
    """The project that a request belongs to, where one is configured."""
    del deployment
    if site.project is None or dialect not in OPENAI:
        return ()
    return ((b"openai-project", site.project.encode()),)


def body_members(site: Site, deployment: Deployment, dialect: Dialect) -> dict[str, Json]:
    """The tier, which Anthropic's dialect has no name for there."""
    del site
    return tier_members(deployment, dialect)


def _service_of(host: bytes) -> str:
    """The service whose host it is."""
    return bedrock.SERVICE if host.startswith(RUNTIME.encode()) else SERVICE


sign: Final = signs_for(_service_of)


def judge(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Failure | None:
    """See `aws_judge`."""
    return aws_judge(PLATFORM, status, headers, body)


def _name(deployment: Deployment) -> str:
    """The model's own id, or the configured name written like one."""
    own = own_id(deployment.upstream_id)
    return own if own and "." in own else deployment.model.replace("/", ".", 1)


def _is_later(deployment: Deployment) -> bool:
    name = _name(deployment)
    return name.startswith(_LATER) and not name.startswith(_NOT_LATER)


KIND: Final = ProviderKind(
    name="bedrock_mantle",
    default_base_url="https://bedrock-mantle.{region}.api.aws",
    default_host="amazon",
    dialects=("openai_chat", "openai_responses", *CLAUDE),
    target=target,
    auth_headers=bearer,
    forwarded_headers=FORWARDED | {b"anthropic-version", b"anthropic-beta", b"openai-beta"},
    judge=judge,
    dialects_of=dialects_of,
    sign=sign,
    chain="aws",
    headers=headers,
    body_members=body_members,
)
