"""The proxy's settings beside its models: what is carried over, and why the rest is not.

Names are LiteLLM's own (https://docs.litellm.ai/docs/proxy/config_settings, read 2026-11-22).

>>> reason_of("weight", DEPLOYMENT)
'deployments are ordered by agreements and price, not by weight'
"""

from typing import Any, Final

from detente.cli.litellm.document import Notes, Table, whole_of

NO_OTHER_MODEL: Final = (
    "no model is answered by another; give one model several deployments, and it moves between them"
)
ELSEWHERE: Final = "there is no such setting here"
ROUTING: Final = "deployments are ordered by agreements and price, and the next is tried at once"
CACHING: Final = "answers are not cached"
TELLING: Final = "every request is in the ledger instead; see `detente ledger`"
KEYS: Final = "keys and budgets stand in `[keys]` and `[projects]`; see `detente keys hash --new`"
GUARDED: Final = "there are no guardrails of its own here; a provider's own stand at the provider"
OWN_STORE: Final = "the state is a folder (`server.state`), with no database beside it"

DEPLOYMENT: Final = {
    "weight": "deployments are ordered by agreements and price, not by weight",
    "order": "deployments are ordered by agreements and price",
    "tags": "requests are not routed by tags; clauses may speak of labels",
    "timeout": "times stand in `[limits]` and in a provider's `first_byte_timeout_ms`",
    "stream_timeout": "times stand in `[limits]` and in a provider's `first_byte_timeout_ms`",
    "max_retries": "how often is tried stands in `limits.attempts_max`",
    "num_retries": "how often is tried stands in `limits.attempts_max`",
    "max_parallel_requests": "what is under way at once is bounded by `limits.in_flight_max`",
    "extra_headers": "no headers are added to a request",
    "headers": "no headers are added to a request",
    "drop_params": "what a platform lacks is named and dropped, or refused; see `[translation]`",
    "additional_drop_params": "what a platform lacks is named and dropped; see `[translation]`",
    "mock_response": "use `detente simulate` for simulated providers",
    "max_budget": KEYS,
    "budget_duration": KEYS,
    "ssl_verify": "certificates are always verified",
    "aws_session_name": "AWS's own library names its sessions",
    "aws_web_identity_token": "AWS's own library finds a workload's identity",
    "aws_sts_endpoint": "AWS's own library knows its services' addresses",
    "use_in_pass_through": "every dialect is served as it is where the provider speaks it",
}
"""Why a parameter of a deployment is not carried over."""
INFO: Final = {
    "id": "a deployment's id is its provider and the model's id there",
    "access_groups": KEYS,
    "team_id": KEYS,
    "max_tokens": "`max_input_tokens` and `max_output_tokens` say it better",
}
_REQUEST: Final = frozenset((
    "frequency_penalty", "logit_bias", "max_completion_tokens", "max_tokens", "n",
    "presence_penalty", "reasoning_effort", "response_format", "seed", "service_tier", "stop",
    "stream", "temperature", "thinking", "tool_choice", "tools", "top_k", "top_p", "user",
))  # fmt: skip
"""Parameters of a request that LiteLLM adds where the client sends none."""
_REASONS: Final[dict[str, dict[str, str]]] = {
    "router_settings": {
        "allowed_fails": ROUTING,
        "allowed_fails_policy": ROUTING,
        "content_policy_fallbacks": NO_OTHER_MODEL,
        "context_window_fallbacks": NO_OTHER_MODEL,
        "cooldown_time": ROUTING,
        "default_fallbacks": NO_OTHER_MODEL,
        "enable_pre_call_checks": "capabilities are always checked before a request is sent",
        "fallbacks": NO_OTHER_MODEL,
        "redis_host": OWN_STORE,
        "redis_password": OWN_STORE,
        "redis_port": OWN_STORE,
        "redis_url": OWN_STORE,
        "retry_after": ROUTING,
        "retry_policy": ROUTING,
        "routing_strategy": ROUTING,
        "routing_strategy_args": ROUTING,
    },
    "litellm_settings": {
        "cache": CACHING,
        "cache_params": CACHING,
        "callbacks": TELLING,
        "content_policy_fallbacks": NO_OTHER_MODEL,
        "context_window_fallbacks": NO_OTHER_MODEL,
        "default_fallbacks": NO_OTHER_MODEL,
        "default_internal_user_params": KEYS,
        "default_team_settings": KEYS,
        "drop_params": DEPLOYMENT["drop_params"],
        "failure_callback": TELLING,
        "fallbacks": NO_OTHER_MODEL,
        "guardrails": GUARDED,
        "json_logs": "nothing is logged but starts, ends and faults",
        "max_budget": KEYS,
        "budget_duration": KEYS,
        "redact_user_api_key_info": "prompts and keys never leave the gateway",
        "service_callback": TELLING,
        "set_verbose": "nothing is logged but starts, ends and faults",
        "ssl_verify": DEPLOYMENT["ssl_verify"],
        "success_callback": TELLING,
        "turn_off_message_logging": "prompts and keys never leave the gateway",
    },
    "general_settings": {
        "alerting": TELLING,
        "alerting_threshold": TELLING,
        "completion_model": NO_OTHER_MODEL,
        "database_url": OWN_STORE,
        "master_key": KEYS,
        "proxy_batch_write_at": OWN_STORE,
        "store_model_in_db": OWN_STORE,
    },
    "": {
        "environment_variables": "secrets are not copied; set these variables yourself",
        "guardrails": GUARDED,
        "include": "only this file is read; import each of the others",
        "mcp_servers": "there is no gateway for tools here",
        "callback_settings": TELLING,
    },
}
_LIMITS: Final = {
    ("router_settings", "num_retries"): ("attempts_max", 1, 1),
    ("litellm_settings", "num_retries"): ("attempts_max", 1, 1),
    ("router_settings", "timeout"): ("total_timeout_ms", 1000, 0),
    ("litellm_settings", "request_timeout"): ("total_timeout_ms", 1000, 0),
    ("general_settings", "max_parallel_requests"): ("in_flight_max", 1, 0),
    ("general_settings", "global_max_parallel_requests"): ("in_flight_max", 1, 0),
}
"""What becomes a limit: its name here, and what it is multiplied by and added to. A first try is an
attempt here, and no retry there."""


def reason_of(key: str, reasons: dict[str, str]) -> str:
    """Why a setting is not carried over."""
    if key in _REQUEST:
        return "requests are sent as the client made them; have the client send it"
    return reasons.get(key, ELSEWHERE)


class Settings:
    """Reads the sections beside `model_list`; `limits` are the keys of `[limits]`."""

    def __init__(self, notes: Notes) -> None:
        self.limits: dict[str, int] = {}
        self._notes = notes

    def take(self, section: str, table: Table) -> None:
        """One section: limits are carried over, everything else is named."""
        for key in list(table):
            limit = _LIMITS.get((section, key))
            value = None if limit is None else whole_of(table, key)
            if limit is not None and value is not None:
                name, factor, more = limit
                self.limits.setdefault(name, value * factor + more)
                continue
            self._notes.add(f"{section}.{key}", reason_of(key, _REASONS[section]))

    def leave(self, whole: Table) -> None:
        """Name what is left of the file."""
        for key, value in whole.items():
            self._name(key, value)

    def _name(self, key: str, value: Any) -> None:
        if value not in (None, {}, []):
            self._notes.add(key, _REASONS[""].get(key, ELSEWHERE))
