"""Names of nothing and rules that cannot be meant are located errors with their cure."""

import msgspec
import pytest

from detente.configuration.located import LocatedErrors, convert, parse_toml
from detente.configuration.schema import Configuration
from detente.configuration.world import KindDefaults, check_configuration

WORLD = """
[providers.own]
kind = "vllm"
host = "own"
[providers.azure]
kind = "azure"
region = "swedencentral"
[models."p/m"]
aliases = ["m"]
deployments = [{ provider = "own", id = "m" }, { provider = "azure", id = "m", region = "eastus" }]
[projects.shop]
[identity.entra]
issuer = "https://id.example"
audience = "x"
project_claim = "dep"
projects = { b1 = "claims" }
"""
LINES = WORLD.count("\n")
POLICY = "[guardrails.policies.p]\n"
RULE = "[[guardrails.policies.p.data]]\n"
DETECTOR = "[guardrails.detectors.%s]\n"
STAFF = DETECTOR % "staff" + 'kind = "dictionary"\npath = "staff.txt"\ncategory = "staff"\n'


class BuiltIn(msgspec.Struct, frozen=True):
    """A detector as the configuration knows it."""

    categories: tuple[str, ...]
    settings: tuple[str, ...] = ()


DETECTORS = {
    "email": BuiltIn(("email",)),
    "phone": BuiltIn(("phone",), ("regions",)),
    "attack": BuiltIn(("prompt_attack",)),
}
KINDS = {
    "vllm": KindDefaults(base_url="https://own.example", host=None),
    "azure": KindDefaults(base_url="https://azure.example", host="microsoft"),
}


def errors_of(text: str) -> list[str]:
    """What is wrong with `WORLD` and `text`, lines counted from the first of `text`."""
    tree, positions = parse_toml((WORLD + text).encode(), "f")
    configuration = convert(tree, positions, "f", Configuration)
    try:
        check_configuration(configuration, positions, "f", KINDS, DETECTORS)
    except LocatedErrors as found:
        return [f"{error.line - LINES}: {error.message}" for error in found.errors]
    return []


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            '[guardrails]\nsecret = { env = "A", file = "b" }',
            '2: a secret is `{ env = "NAME" }` or `{ file = "path" }`, exactly one of both',
        ),
        (
            POLICY + RULE + 'categories = ["staff_number", "personel"]',
            "3: unknown category `personel`; did you mean `personal`?",
        ),
        (
            POLICY + RULE + 'categories = ["prompt_attack"]',
            "3: `prompt_attack` is a content risk and no data; write it in `[[…risks]]`",
        ),
        (
            POLICY + 'detectors = ["personal", "emial"]\n' + RULE,
            "2: unknown detector `emial`; did you mean `email`?",
        ),
        (POLICY + 'models = ["m"]\n' + RULE, "2: `m` is an alias; write `p/m`, for policies go by"),
        (POLICY + 'models = ["p/n"]\n' + RULE, "2: unknown model `p/n`; did you mean `p/m`?"),
        (
            POLICY + 'projects = ["shopp"]\n' + RULE,
            "2: unknown project `shopp`; did you mean `shop`?; add `[projects.NAME]`, or write a "
            "pattern with `*`",
        ),
        (
            POLICY + RULE + 'deployments = { hosts = ["microsft"] }',
            "3: unknown host `microsft`; did you mean `microsoft`?",
        ),
        (
            POLICY + RULE + 'deployments = { providers = ["onw"] }',
            "3: unknown provider `onw`; did you mean `own`?",
        ),
        (
            POLICY + RULE + 'deployments = { regions = ["westus"] }',
            "3: unknown region `westus`; did you mean `eastus`?",
        ),
        (
            POLICY + RULE + 'output = "pseudonymise"',
            "3: nothing puts the original of a stand-in back once it has left; write `mask`",
        ),
        (POLICY + RULE + 'input = "mask"\nlook_alike = true', "4: `look_alike` is a way to"),
        (POLICY, "1: a policy without a rule does nothing; add"),
        (
            DETECTOR % "phnoe" + 'regions = ["US"]',
            "1: no built-in detector is called `phnoe`, and it has no `kind` of its own; did you "
            "mean `phone`?",
        ),
        (
            DETECTOR % "email" + 'regions = ["US"]',
            "2: the built-in `email` has no `regions`; leave it out",
        ),
        (
            STAFF.replace("staff]", "phone]"),
            "1: `phone` already is a built-in detector; give your own another name",
        ),
        (
            STAFF.replace("staff]", "personal]"),
            "1: `personal` already is a group of categories; give your own another name",
        ),
        (
            STAFF.replace('"staff"', '"secrets"'),
            "4: `secrets` is no category of its own; choose another word",
        ),
        (STAFF.replace('"staff"', '"unread"'), "4: `unread` is no category of its own"),
        (
            STAFF + 'pattern = "a"',
            "5: kind `dictionary` has no `pattern`; leave it out",
        ),
        (
            DETECTOR % "d" + 'kind = "dictionary"\ncategory = "person"',
            "1: a detector of kind `dictionary` needs a `path`; add it",
        ),
        (
            DETECTOR % "d" + 'kind = "presidio"\nentities = { GPE = "place" }',
            "1: a detector of kind `presidio` needs a `model`; add it",
        ),
        (
            DETECTOR % "d" + 'kind = "presidio"\nmodel = "m"\ncategory = "person"',
            "4: kind `presidio` has no `category`; leave it out",
        ),
        (
            STAFF + 'entities = { PERSON = "person" }',
            "5: kind `dictionary` has no `entities`; leave it out",
        ),
        (
            DETECTOR % "d" + 'kind = "presidio"\nmodel = "m"\nentities = { GPE = "personal" }',
            "4: `personal` is no category of its own; choose another word",
        ),
        (
            DETECTOR % "d" + 'kind = "pattern"\npattern = "a"',
            "1: a detector of kind `pattern` needs a `category`; add it",
        ),
    ],
)
def test_an_error_says_where_and_the_cure(text: str, error: str) -> None:
    number = DETECTOR % "number" + 'kind = "pattern"\npattern = "a"\ncategory = "staff_number"\n'
    (found,) = errors_of(text if "staff_number" not in text else text + "\n" + number)
    assert found.startswith(error)


def test_what_is_right_passes() -> None:
    text = (
        STAFF
        + DETECTOR % "phone"
        + 'regions = ["US", "DE"]\n'
        + POLICY
        + 'projects = ["shop", "claims", "new-*"]\nmodels = ["p/m", "q/*"]\n'
        + 'detectors = ["staff", "email", "secrets"]\n'
        + RULE
        + 'categories = ["staff", "personal", "iban"]\ninput = "pseudonymise"\nlook_alike = true\n'
        + 'deployments = { hosts = ["own", "lab-*"], regions = ["eastus", "swedencentral"] }\n'
        + '[guardrails.policies.risky]\n[[guardrails.policies.risky.risks]]\ntreatment = "hold"\n'
    )
    assert errors_of(text) == []


def test_an_own_detector_may_find_a_content_risk() -> None:
    words = STAFF.replace('"staff"\n', '"blocklist"\n')
    assert errors_of(words) == []
    (error,) = errors_of(words + POLICY + RULE + 'categories = ["blocklist"]')
    assert "content risk" in error


def test_what_a_model_names_has_the_categories_of_its_entities() -> None:
    names = DETECTOR % "names" + 'kind = "presidio"\nmodel = "m"\n'
    rule = POLICY + 'detectors = ["names"]\n' + RULE
    assert errors_of(names + rule + 'categories = ["person"]') == []
    assert (
        errors_of(names + 'entities = { GPE = "place" }\n' + rule + 'categories = ["place"]') == []
    )
    (unknown,) = errors_of(names + rule + 'categories = ["place"]')
    assert "unknown category `place`" in unknown
