"""What platforms say of rights, quotas, funds, regions, tokens and models, each in its own form.

The bodies are those that they are known to send: of their documents, of their clients' sources and
of their users' reports (read 2026-11-22).

>>> TABLE[0][:2]
('openai', 429)
"""

from typing import Final

from detente.configuration.schema import ProviderKindName

Headers = dict[str, str]


def openai(message: str, code: str | None, kind: str = "invalid_request_error") -> object:
    """An error as OpenAI and many others write it."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def google(status: str, message: str, reason: str = "") -> object:
    """An error of Google's."""
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}
    details = [info] if reason else []
    return {"error": {"code": 0, "message": message, "status": status, "details": details}}


def anthropic(kind: str, message: str) -> object:
    """An error of Anthropic's."""
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}


def oracle(
    code: str, message: str = "Authorization failed or requested resource not found."
) -> object:
    """An error of Oracle's."""
    return {"code": code, "message": message}


TOKEN: Final = (
    "Unauthorized. Access token is missing, invalid, audience is incorrect (https://ai.azure.com), "
    "or have expired."
)
NO_CREDIT: Final = (
    "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to "
    "upgrade or purchase credits."
)
EXPIRED: Final = {"x-amzn-errortype": "ExpiredTokenException:http://internal.amazon.com/coral/"}
DENIED: Final = {"x-amzn-errortype": "AccessDeniedException:http://internal.amazon.com/coral/"}
QUOTA: Final = {"x-amzn-errortype": "ServiceQuotaExceededException"}

TABLE: Final[tuple[tuple[ProviderKindName, int, Headers, object, str, str], ...]] = (
    (
        "openai",
        429,
        {},
        openai("You exceeded your current quota", "insufficient_quota"),
        "funds",
        "no funds left",
    ),
    (
        "openai",
        403,
        {},
        openai("You have insufficient permissions", "missing_scope"),
        "permission",
        "its rights",
    ),
    (
        "openai",
        401,
        {},
        openai(
            "Attempted to access resource with incorrect regional hostname", "incorrect_hostname"
        ),
        "region",
        "check `region`, or that in `base_url`",
    ),
    (
        "openai",
        403,
        {},
        openai("Country not supported", "unsupported_country_region_territory"),
        "region",
        "check `region`",
    ),
    (
        "openai",
        404,
        {},
        openai("The model `m` does not exist or you do not have access to it.", "model_not_found"),
        "model_unknown",
        "check its `id`",
    ),
    (
        "openai",
        404,
        {},
        openai("This is not a chat model and thus not supported", None),
        "model_unknown",
        "check its `id`",
    ),
    (
        "azure",
        401,
        {},
        {"error": {"code": "PermissionDenied", "message": "The principal lacks"}},
        "permission",
        "give it the role",
    ),
    (
        "azure",
        403,
        {},
        {
            "error": {
                "code": "403",
                "message": "Access denied due to Virtual Network/Firewall rules.",
            }
        },
        "permission",
        "rights",
    ),
    ("azure", 429, {}, openai("No quota", "insufficient_quota"), "funds", "no funds left"),
    (
        "azure",
        404,
        {},
        {"error": {"code": "404", "message": "Resource not found"}},
        "address",
        "check `base_url` and `api_version`",
    ),
    (
        "foundry",
        401,
        {},
        {
            "statusCode": 401,
            "message": TOKEN,
        },
        "credentials",
        "or its audience",
    ),
    (
        "foundry",
        403,
        {},
        {"error": {"code": "PermissionDenied", "message": "no"}},
        "permission",
        "give it the role",
    ),
    ("anthropic", 400, {}, anthropic("invalid_request_error", NO_CREDIT), "funds", "no funds left"),
    (
        "anthropic",
        402,
        {},
        anthropic("billing_error", "Payment required"),
        "funds",
        "no funds left",
    ),
    (
        "anthropic",
        403,
        {},
        anthropic("permission_error", "Your API key does not have permission"),
        "permission",
        "its rights",
    ),
    (
        "anthropic_aws",
        403,
        DENIED,
        {"message": "User is not authorized"},
        "permission",
        "its rights",
    ),
    (
        "anthropic_aws",
        403,
        EXPIRED,
        {"message": "The security token is expired"},
        "credentials",
        "token expired",
    ),
    (
        "gemini",
        403,
        {},
        google(
            "PERMISSION_DENIED", "Generative Language API has not been used", "SERVICE_DISABLED"
        ),
        "permission",
        "enable its API there",
    ),
    (
        "gemini",
        403,
        {},
        google("PERMISSION_DENIED", "Requests are blocked", "API_KEY_SERVICE_BLOCKED"),
        "permission",
        "restricted to",
    ),
    (
        "gemini",
        400,
        {},
        google("FAILED_PRECONDITION", "User location is not supported for the API use."),
        "region",
        "check `region`",
    ),
    (
        "gemini",
        400,
        {},
        google("INVALID_ARGUMENT", "API key expired. Please renew the API key.", "API_KEY_INVALID"),
        "credentials",
        "check its `api_key`",
    ),
    (
        "gemini",
        429,
        {},
        google("RESOURCE_EXHAUSTED", "You exceeded your current quota"),
        "capacity",
        "no capacity",
    ),
    (
        "vertex",
        403,
        {},
        google("PERMISSION_DENIED", "Vertex AI API has not been used", "SERVICE_DISABLED"),
        "permission",
        "enable its API there",
    ),
    (
        "vertex",
        403,
        {},
        google("PERMISSION_DENIED", "This API method requires billing", "BILLING_DISABLED"),
        "funds",
        "no funds left",
    ),
    (
        "vertex",
        403,
        {},
        google("PERMISSION_DENIED", "no scopes", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
        "permission",
        "the scope `https",
    ),
    (
        "vertex",
        401,
        {},
        google("UNAUTHENTICATED", "expired", "ACCESS_TOKEN_EXPIRED"),
        "credentials",
        "token expired",
    ),
    (
        "bedrock",
        403,
        DENIED,
        {"message": "You don't have access to the model with the specified model ID."},
        "permission",
        "access to the model",
    ),
    (
        "bedrock",
        403,
        EXPIRED,
        {"message": "The security token included in the request is expired"},
        "credentials",
        "token expired",
    ),
    (
        "bedrock",
        400,
        QUOTA,
        {"message": "Your request exceeds the service quota"},
        "quota",
        "no quota left",
    ),
    (
        "bedrock",
        400,
        {"x-amzn-errortype": "ValidationException"},
        {"message": "Invocation of model ID m with on-demand throughput isn\u2019t supported."},
        "model_unknown",
        "inference profiles only",
    ),
    (
        "bedrock",
        400,
        {"x-amzn-errortype": "ValidationException"},
        {"message": "The provided model identifier is invalid."},
        "model_unknown",
        "in this region",
    ),
    ("bedrock_mantle", 403, EXPIRED, {"message": "expired"}, "credentials", "token expired"),
    ("oci", 404, {}, oracle("NotAuthorizedOrNotFound"), "permission", "its `compartment`"),
    (
        "oci",
        401,
        {},
        oracle(
            "NotAuthenticated",
            "The required information to complete authentication was not provided.",
        ),
        "credentials",
        "`credentials`",
    ),
    (
        "oci",
        400,
        {},
        oracle("LimitExceeded", "The limit for this tenancy has been exceeded."),
        "quota",
        "no quota left",
    ),
    (
        "oci",
        404,
        {},
        oracle("404", "Entity with key m not found"),
        "model_unknown",
        "check its `id`",
    ),
    ("cohere", 401, {}, {"message": "invalid api token"}, "credentials", "check its `api_key`"),
    ("mistral", 401, {}, {"detail": "Unauthorized"}, "credentials", "check its `api_key`"),
    (
        "mistral",
        400,
        {},
        {"object": "error", "message": "Invalid model: m", "type": "invalid_model", "code": "1500"},
        "model_unknown",
        "check its `id`",
    ),
    (
        "xai",
        403,
        {},
        {
            "code": "The caller does not have permission",
            "error": "Your newly created team doesn't have any credits yet.",
        },
        "funds",
        "no funds left",
    ),
    (
        "xai",
        400,
        {},
        {
            "code": "Client specified an invalid argument",
            "error": "Incorrect API key provided: xa***. You can obtain an API key",
        },
        "credentials",
        "check its `api_key`",
    ),
    (
        "groq",
        403,
        {},
        openai(
            "The model is blocked at the organization level",
            "model_permission_blocked_org",
            "permissions_error",
        ),
        "permission",
        "access to the model",
    ),
    (
        "groq",
        400,
        {},
        openai("The model `m` has been decommissioned", "model_decommissioned"),
        "model_unknown",
        "check its `id`",
    ),
    (
        "deepseek",
        402,
        {},
        openai("Insufficient Balance", "invalid_request_error", "unknown_error"),
        "funds",
        "no funds left",
    ),
    (
        "openrouter",
        402,
        {},
        {"error": {"code": 402, "message": "Insufficient credits"}},
        "funds",
        "no funds left",
    ),
    (
        "openrouter",
        400,
        {},
        {"error": {"code": 400, "message": "m is not a valid model ID"}},
        "model_unknown",
        "check its `id`",
    ),
    (
        "perplexity",
        401,
        {},
        {
            "error": {
                "message": "You exceeded your current quota",
                "type": "insufficient_quota",
                "code": 401,
            }
        },
        "funds",
        "no funds left",
    ),
    (
        "zai",
        429,
        {},
        {"error": {"code": "1113", "message": "Insufficient balance"}},
        "funds",
        "no funds left",
    ),
    (
        "huggingface",
        400,
        {},
        openai(
            "The requested model 'm' is not supported by any provider you have enabled.",
            "model_not_supported",
        ),
        "model_unknown",
        "check its `id`",
    ),
    ("ollama", 404, {}, {"error": "model 'm' not found"}, "model_unknown", "check its `id`"),
)
"""Kind, status, headers, body; what it means, and words of what is said."""
