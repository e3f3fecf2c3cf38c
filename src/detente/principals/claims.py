"""What a token's claims say: whether it is for us and holds now, and who calls for which project.

Takes claims whose signature was verified, the rules of one `[identity.NAME]`, and the time. A
claim is named as it stands, or by its path through objects (`realm_access.roles`). Faults name
claims that the configuration names, and never a value.

What stands in the ledger as the key's name is `token:IDENTITY:` and the subject: a digest of it,
since a subject may be an e-mail address, or the subject itself where the configuration chose the
claim that is shown.

>>> identity_of(claims, rules, now_us).name
'token:entra:5f1d9c0a77b24e3c'
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final, cast, get_args

import msgspec

from detente.canonical.failure import ClientFault
from detente.canonical.principal import Role
from detente.canonical.question import Labels, labels_of

SUBJECT_CHARACTERS_MAX: Final = 64
"""Longer ones are shortened, and told apart by a digest."""
DIGEST_CHARACTERS: Final = 16
"""64 bits: apart, not secret."""
LABEL_CHARACTERS_MAX: Final = 200
MICROSECONDS: Final = 1_000_000
SECONDS_MAX: Final = 1 << 40
"""A date beyond is no date."""

EXPIRED: Final = "the token has expired; get a new one from its issuer"
NOT_YET: Final = (
    "the token does not hold yet; wait, or set the clocks of its issuer and of this machine"
)
BOUND: Final = (
    "the token is bound to a key of its holder (`cnf`), which cannot be proved here; have its "
    "issuer give a bearer token"
)
"""Who took it as a bearer token would take it from a thief, too (RFC 9449, RFC 8705)."""
FOREIGN_AUDIENCE: Final = (
    "the token was made out for somebody else; ask its issuer for one with the audience of "
    "`[identity.{}]`"
)


class ClaimRules(msgspec.Struct, frozen=True, kw_only=True):
    """How the tokens of `[identity.NAME]` are read; fields mean what they mean there.

    `subject_shown` is whether the configuration chose the claim of the subject.
    """

    identity: str
    issuer: str
    audience: str
    project: str | None = None
    project_claim: str | None = None
    projects: Mapping[str, str] = {}
    subject_claim: str = "sub"
    subject_shown: bool = False
    labels: Mapping[str, str] = {}
    role_claim: str | None = None
    roles: Mapping[str, Role] = {}
    clock_skew_us: int = 60_000_000


class TokenIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Who a verified token speaks for.

    `project` is None where neither the configuration nor the token names one, `role` where the
    token gives none. `expires_us` is when it stops to count, with what clocks may be apart.
    """

    name: str
    project: str | None
    labels: Labels
    role: Role | None
    expires_us: int


def is_for(claims: Mapping[str, object], audience: str) -> bool:
    """Whether a token was made out for `audience`, alone or among others."""
    found = claims.get("aud")
    return found == audience or (isinstance(found, list) and audience in found)


def identity_of(claims: Mapping[str, object], rules: ClaimRules, now_us: int) -> TokenIdentity:
    """Whom the claims speak for; raises `ClientFault` `key_invalid` where they do not hold."""
    if claims.get("iss") != rules.issuer:
        raise ClientFault("key_invalid", "the token is of another issuer; get one from yours")
    if "cnf" in claims:
        raise ClientFault("key_invalid", BOUND)
    if not is_for(claims, rules.audience):
        raise ClientFault("key_invalid", FOREIGN_AUDIENCE.format(rules.identity))
    return TokenIdentity(
        name=_name(claims, rules),
        project=_project(claims, rules),
        labels=_labels(claims, rules),
        role=_role(claims, rules),
        expires_us=_lasts_until(claims, rules, now_us),
    )


def _lasts_until(claims: Mapping[str, object], rules: ClaimRules, now_us: int) -> int:
    """When the token stops to count; raises `ClientFault` where it does not count now."""
    skew_us = rules.clock_skew_us
    for name in ("nbf", "iat"):
        if name in claims and _date_us(claims, name) > now_us + skew_us:
            raise ClientFault("key_invalid", NOT_YET)
    expires_us = _date_us(claims, "exp") + skew_us
    if expires_us <= now_us:
        raise ClientFault("key_invalid", EXPIRED)
    return expires_us


def _date_us(claims: Mapping[str, object], name: str) -> int:
    """A date of a token (seconds since the epoch, RFC 7519 section 2) in microseconds."""
    value = claims.get(name)
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not abs(value) <= SECONDS_MAX
    ):
        raise ClientFault(
            "key_invalid", f"the token's `{name}` is missing or no date; get one from its issuer"
        )
    return int(value * MICROSECONDS)


def _name(claims: Mapping[str, object], rules: ClaimRules) -> str:
    subject = _claim(claims, rules.subject_claim)
    if isinstance(subject, bool) or not isinstance(subject, str | int) or subject == "":
        raise _unreadable(rules.subject_claim, rules)
    text = str(subject)
    digest = sha256(f"{rules.issuer}\0{text}".encode(errors="surrogatepass")).hexdigest()
    digest = digest[:DIGEST_CHARACTERS]
    if not rules.subject_shown:
        return f"token:{rules.identity}:{digest}"
    if len(text) > SUBJECT_CHARACTERS_MAX or not (text.isascii() and text.isprintable()):
        kept = text[: SUBJECT_CHARACTERS_MAX - DIGEST_CHARACTERS - 1]
        text = "".join(c if c.isascii() and c.isprintable() else "?" for c in kept) + "~" + digest
    return f"token:{rules.identity}:{text}"


def _project(claims: Mapping[str, object], rules: ClaimRules) -> str | None:
    """The project that the token names, else the configured one.

    Where values are renamed, only those that are count: an issuer of everybody's names many.
    """
    if rules.project_claim is None:
        return rules.project
    found = _claim(claims, rules.project_claim)
    if found is None:
        return rules.project
    if not isinstance(found, str | list):
        raise _unreadable(rules.project_claim, rules)
    listed: list[object] = [found] if isinstance(found, str) else cast("list[object]", found)
    values = {value for value in listed if isinstance(value, str)}
    named = {rules.projects[value] for value in values if value in rules.projects}
    if not rules.projects:
        named = values
    if len(named) > 1:
        raise ClientFault(
            "key_invalid",
            f"the token's `{rules.project_claim}` names several projects; have its issuer name one",
        )
    return named.pop() if named else rules.project


def _labels(claims: Mapping[str, object], rules: ClaimRules) -> Labels:
    """The labels that the token brings.

    A claim that cannot be a label refuses the token: without it, more might be allowed.
    """
    labels: dict[str, str] = {}
    for claim, label in rules.labels.items():
        value = _claim(claims, claim)
        if value is None:
            continue
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if not isinstance(value, str | int) or not _is_label(text):
            raise _unreadable(claim, rules)
        labels[label] = text
    return labels_of(labels)


def _is_label(text: str) -> bool:
    return 0 < len(text) <= LABEL_CHARACTERS_MAX and text.isprintable()


def _role(claims: Mapping[str, object], rules: ClaimRules) -> Role | None:
    """The role that allows most of those that the claim's values stand for."""
    if rules.role_claim is None:
        return None
    found = _claim(claims, rules.role_claim)
    values: list[object] = cast("list[object]", found) if isinstance(found, list) else [found]
    if isinstance(found, str):
        values += found.split()
    given = {rules.roles.get(value) for value in values if isinstance(value, str)}
    return next((role for role in get_args(Role) if role in given), None)


def _claim(claims: Mapping[str, object], name: str) -> object:
    """A claim by its name, else by its path; None where there is none."""
    if name in claims:
        return claims[name]
    first, *path = name.split(".")
    found = claims.get(first)
    for step in path:
        if not isinstance(found, dict):
            return None
        found = cast("dict[str, object]", found).get(step)
    return found


def _unreadable(claim: str, rules: ClaimRules) -> ClientFault:
    return ClientFault(
        "key_invalid",
        f"the token's claim `{claim}` is missing or of no use; have its issuer put it in, or "
        f"change `[identity.{rules.identity}]`",
    )
