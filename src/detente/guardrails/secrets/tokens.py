"""Tokens that say themselves what they are, by a prefix or a mark in the middle. Data.

Forms were read on 2026-11-22 where each rule says; «gitleaks» is the rule set of
github.com/gitleaks/gitleaks, «security-utilities» Microsoft's own patterns for what it issues,
github.com/microsoft/security-utilities 1.17. A form is bounded on both sides: what goes on is
something else.

>>> next(rule.name for rule in TOKENS if "AKIA" in rule.needles)
'aws_access_key_id'
"""

import re
from typing import Final

from detente.guardrails.secrets.randomness import is_placeholder, is_varied
from detente.guardrails.secrets.rule import Rule

_READ: Final = ", read 2026-11-22"
_GITLEAKS: Final = "gitleaks" + _READ
_MICROSOFT: Final = "security-utilities" + _READ


def _form(token: str, *, alphabet: str) -> re.Pattern[str]:
    """A token that stands alone: none of its alphabet before it or after it, but a full stop."""
    return re.compile(f"(?<![{alphabet}]){token}(?![{alphabet.replace('.', '')}])")


def _word(token: str) -> re.Pattern[str]:
    return _form(token, alphabet="A-Za-z0-9_")


def _dashed(token: str) -> re.Pattern[str]:
    return _form(token, alphabet="A-Za-z0-9_-")


def _no_placeholder(match: re.Match[str]) -> bool:
    return not is_placeholder(match[0])


def _random_body(match: re.Match[str]) -> bool:
    """The part after the prefix is what chance made."""
    return is_varied(match[match.lastindex or 0])


TOKENS: Final[tuple[Rule, ...]] = (
    Rule(
        name="aws_access_key_id",
        needles=("AKIA", "ASIA", "ABIA", "ACCA"),
        form=_word("A[KSBC][IC]A[A-Z2-7]{16}"),
        accepts=_no_placeholder,
        source="docs.aws.amazon.com GetAccessKeyInfo (AKIA, ASIA); " + _GITLEAKS,
    ),
    Rule(
        name="aws_bedrock_api_key",
        needles=("ABSK", "bedrock-api-key-"),
        form=_form(
            "(?:ABSK[A-Za-z0-9+/]{109,269}={0,2}|bedrock-api-key-[A-Za-z0-9+/]{32,1800}={0,2})",
            alphabet="A-Za-z0-9+/",
        ),
        source=_GITLEAKS,
    ),
    Rule(
        name="google_api_key",
        needles=("AIza",),
        form=_dashed("AIza([A-Za-z0-9_-]{35})"),
        accepts=_random_body,
        source="learn.microsoft.com/purview/sit-defn-google-api-key" + _READ,
    ),
    Rule(
        name="google_oauth",
        needles=("ya29.", "GOCSPX-"),
        form=_dashed("(?:ya29[.]([A-Za-z0-9_-]{20,1024})|GOCSPX-([A-Za-z0-9_-]{28}))"),
        accepts=_random_body,
        source="no page of Google's; docs.cli.vulnetix.com/docs/sast-rules/vnx-sec-030, "
        "scan4secrets.m14r41.in/docs/targets/google-cloud" + _READ,
    ),
    Rule(
        name="azure_key_64",
        needles=("+ASt", "ACDb", "+ABa", "+AMC", "APIM"),
        form=_form(
            "[A-Za-z0-9+/]{76}(?:[+]ASt|ACDb|[+]ABa|[+]AMC|APIM)[A-Za-z0-9+/]{5}[AQgw]==",
            alphabet="A-Za-z0-9+/_-",
        ),
        before=76,
        source=_MICROSOFT,
    ),
    Rule(
        name="azure_key_32",
        needles=("+ASb", "+AEh", "+ARm", "AIoT", "AzCa", "AZEG"),
        form=_form(
            "[A-Za-z0-9+/]{33}(?:[+]ASb|[+]AEh|[+]ARm|AIoT|AzCa|AZEG)[A-P][A-Za-z0-9+/]{5}=",
            alphabet="A-Za-z0-9+/_-",
        ),
        before=33,
        source=_MICROSOFT,
    ),
    Rule(
        name="azure_search_key",
        needles=("AzSe",),
        form=_form("[A-Za-z0-9]{42}AzSe[A-D][A-Za-z0-9]{5}", alphabet="A-Za-z0-9+/_-"),
        before=42,
        source=_MICROSOFT,
    ),
    Rule(
        name="azure_common_key",
        needles=("JQQJ9",),
        form=_form(
            "[A-Za-z0-9]{52}JQQJ9[9DH][A-Za-z0-9][A-L][A-Za-z0-9]{16}[A-Za-z][A-Za-z0-9]{7}"
            "(?:[A-Za-z0-9]{2}==)?",
            alphabet="A-Za-z0-9",
        ),
        before=52,
        source=_MICROSOFT,
    ),
    Rule(
        name="entra_client_secret",
        needles=("7Q~", "8Q~"),
        form=_form("[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}", alphabet="A-Za-z0-9_~.+/-"),
        before=3,
        source=_MICROSOFT,
    ),
    Rule(
        name="github",
        needles=("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
        form=_word("gh[pousr]_([A-Za-z0-9_]{36,251})"),
        accepts=_random_body,
        source="github.blog/changelog/2021-03-31 (up to 255 characters)" + _READ,
    ),
    Rule(
        name="github_fine_grained",
        needles=("github_pat_",),
        form=_word("github_pat_([A-Za-z0-9_]{40,244})"),
        accepts=_random_body,
        source=_GITLEAKS,
    ),
    Rule(
        name="gitlab",
        needles=tuple(
            f"gl{kind}-"
            for kind in (
                *("pat", "oas", "dt", "rt", "cbt", "ptt", "ft", "imt", "agent", "soat", "ffct"),
            )
        ),
        form=_dashed(
            "gl(?:pat|oas|dt|rt|cbt|ptt|ft|imt|agent|soat|ffct)-"
            "([A-Za-z0-9_-]{20,300}(?:[.][0-9a-z]{9})?)"
        ),
        accepts=_random_body,
        source="docs.gitlab.com/17.5/ee/security/tokens (prefixes); " + _GITLEAKS,
    ),
    Rule(
        name="slack",
        needles=("xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxo-", "xoxc-", "xoxe-", "xapp-"),
        form=_dashed("(?:xox[bparsoce]|xapp)-([A-Za-z0-9-]{18,250})"),
        accepts=_random_body,
        source="docs.slack.dev/authentication/tokens; " + _GITLEAKS,
    ),
    Rule(
        name="slack_webhook",
        needles=("hooks.slack.com/",),
        form=re.compile(
            "hooks[.]slack[.]com/(?:services|workflows|triggers)/([A-Za-z0-9+/]{40,80})(?![\\w/])"
        ),
        group=1,
        accepts=_random_body,
        source=_GITLEAKS,
    ),
    Rule(
        name="stripe",
        needles=("sk_live_", "rk_live_", "sk_test_", "rk_test_"),
        form=_word("[sr]k_(?:live|test)_([A-Za-z0-9]{16,128})"),
        accepts=_random_body,
        source="docs.stripe.com/keys; Stripe in gitlab.com/gitlab-org/gitlab/-/issues/458019"
        + _READ,
    ),
    Rule(
        name="openai",
        needles=("sk-",),
        form=_dashed(
            "sk-(?:(?:proj|svcacct|admin|None)-([A-Za-z0-9_-]{20,250})|([A-Za-z0-9]{32,64})"
            "|or-v1-([0-9a-f]{64}))"
        ),
        accepts=_random_body,
        source=_GITLEAKS,
    ),
    Rule(
        name="anthropic",
        needles=("sk-ant-",),
        form=_dashed("sk-ant-[a-z]{3,6}[0-9]{2}-([A-Za-z0-9_-]{80,120})"),
        accepts=_random_body,
        source=_GITLEAKS,
    ),
    Rule(
        name="hugging_face",
        needles=("hf_", "api_org_"),
        form=_word("(?:hf|api_org)_([A-Za-z0-9]{34,40})"),
        accepts=_no_placeholder,
        source=_GITLEAKS,
    ),
    Rule(
        name="perplexity",
        needles=("pplx-",),
        form=_dashed("pplx-([A-Za-z0-9]{48})"),
        accepts=_random_body,
        source=_GITLEAKS,
    ),
    Rule(
        name="databricks",
        needles=("dapi",),
        form=_form("dapi([0-9a-f]{32}(?:-[0-9])?)", alphabet="A-Za-z0-9-"),
        accepts=_random_body,
        source=_GITLEAKS,
    ),
    Rule(
        name="npm",
        needles=("npm_",),
        form=_word("npm_([A-Za-z0-9]{36})"),
        accepts=_random_body,
        source=_GITLEAKS,
    ),
    Rule(
        name="pypi",
        needles=("pypi-AgEI",),
        form=_dashed("pypi-AgEI([A-Za-z0-9_-]{50,1000})"),
        accepts=_random_body,
        source=_GITLEAKS,
    ),
    Rule(
        name="sendgrid",
        needles=("SG.",),
        form=_form("SG[.]([A-Za-z0-9_-]{22}[.][A-Za-z0-9_-]{43})", alphabet="A-Za-z0-9_.-"),
        accepts=_random_body,
        source="twilio.com/docs/sendgrid/ui/account-and-settings/api-keys (69 characters)" + _READ,
    ),
    Rule(
        name="twilio",
        needles=("SK",),
        form=_word("SK([0-9a-f]{32})"),
        accepts=_random_body,
        source="twilio.com/docs/glossary/what-is-a-sid (two letters, 32 digits)" + _READ,
    ),
    Rule(
        name="detente",
        needles=("dt-",),
        form=_dashed("dt-([A-Za-z0-9_-]{43})"),
        accepts=_random_body,
        source="detente.principals.hashing",
    ),
)
"""Their needles are looked for in one scan; each form is tried where a needle is."""
