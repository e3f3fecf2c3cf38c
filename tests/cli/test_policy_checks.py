"""`detente check` of policies: at their lines, with agreements beside them."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from detente.guardrails import making
from tests.cli.command import ended

WORLD = """
[agreements]
path = "agreements"

[providers.own]
kind = "vllm"
base_url = "http://127.0.0.1:9"
host = "own"

[providers.openai]
kind = "openai"

[models."p/m"]
deployments = [{ provider = "own", id = "m" }, { provider = "openai", id = "m" }]

[projects.claims]
labels = { data = "confidential" }

[keys.desk]
hash = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
project = "front"
labels = { desk = "one" }
"""
OWN_ONLY = """
[guardrails.policies.own]
labels = { data = "confidential" }
[[guardrails.policies.own.data]]
categories = ["personal"]
deployments = { hosts = ["own"] }
input = "flag"
[[guardrails.policies.own.data]]
input = "block"
"""
NOT_OWN = """
id = "house"
parties = ["us"]
from = 2025-01-01
recorded_at = 2025-01-01

[[clause]]
id = "not-own"
type = "forbid"
scope = { host = "own", project = "claims" }
"""


class Checked:
    """Writes a configuration, and runs the command."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        (folder / "agreements").mkdir()

    def __call__(self, text: str, agreement: str = "") -> tuple[int, list[dict[str, Any]]]:
        """Exit status and findings."""
        (self.folder / "detente.toml").write_text(WORLD + text, encoding="utf-8")
        if agreement:
            (self.folder / "agreements/house.toml").write_text(agreement, encoding="utf-8")
        status = ended(["check", str(self.folder), "--json"])
        written = self._capsys.readouterr()
        assert written.err == ""
        return status, json.loads(written.out)["findings"]


@pytest.fixture
def checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Checked:
    return Checked(tmp_path, capsys)


def test_a_sound_policy_is_no_news(checked: Checked) -> None:
    assert checked(OWN_ONLY) == (0, [])
    assert checked("") == (0, [])


def test_a_finding_stands_at_its_rule(checked: Checked) -> None:
    rules = OWN_ONLY + '[[guardrails.policies.own.data]]\ncategories = ["email"]\ninput = "mask"\n'
    status, (finding,) = checked(rules)
    assert (status, finding["code"], finding["severity"]) == (0, "E22", "warning")
    lines = (WORLD + rules).splitlines()
    assert lines[finding["line"] - 1] == "[[guardrails.policies.own.data]]"
    assert finding["line"] == len(lines) - 2


def test_labels_of_keys_and_of_tokens_count(checked: Checked) -> None:
    by_key = OWN_ONLY.replace('data = "confidential"', 'desk = "one"')
    assert checked(by_key) == (0, [])
    nobody = OWN_ONLY.replace('"confidential"', '"secret"')
    assert [one["code"] for one in checked(nobody)[1]] == ["E21"]
    token = '[identity.entra]\nissuer = "https://id.example"\naudience = "x"\nproject = "claims"\n'
    claims = 'labels = { dc = "data" }\n'
    assert checked(token + claims + nobody) == (0, [])


def test_agreements_that_leave_only_what_a_policy_blocks(
    checked: Checked, capsys: pytest.CaptureFixture[str]
) -> None:
    status, (finding,) = checked(OWN_ONLY, NOT_OWN)
    assert (status, finding["code"], finding["clauses"]) == (1, "E26", ["house/not-own"])
    assert "pass only at `own/m`" in finding["message"]
    assert "agreements leave project `claims` only `openai/m`" in finding["message"]
    assert finding["witness"]["project"] == "claims"
    assert ended(["check", str(checked.folder)]) == 1
    (command,) = [
        line.strip() for line in capsys.readouterr().out.splitlines() if "detente route" in line
    ]
    assert ended(shlex.split(command)[1:]) == 0
    assert "own/m" in capsys.readouterr().out


def test_what_agreements_leave_otherwise_is_no_contradiction(checked: Checked) -> None:
    others = NOT_OWN.replace('"claims"', '"front"')  # whom the policy does not govern
    assert {one["code"] for one in checked(OWN_ONLY, others)[1]} == {"W01"}
    nothing = NOT_OWN.replace('host = "own", ', "")  # that nobody may go anywhere is another error
    assert "E26" not in {one["code"] for one in checked(OWN_ONLY, nothing)[1]}


def test_a_detector_that_cannot_look(checked: Checked, monkeypatch: pytest.MonkeyPatch) -> None:
    pattern = (
        '[guardrails.detectors.back]\nkind = "pattern"\ncategory = "back"\npattern = "(a)%s"\n'
    )
    status, (finding,) = checked(pattern % "\\\\1" + OWN_ONLY)
    assert (status, finding["code"]) == (1, "E24")
    assert "detector `back` cannot look" in finding["message"]
    assert checked(pattern % "" + OWN_ONLY) == (0, [])
    unasked = OWN_ONLY.replace("[[guard", 'detectors = ["personal"]\n[[guard', 1)
    assert checked(pattern % "\\\\1" + unasked) == (0, [])
    monkeypatch.setattr(making, "PACKAGES", {"email": ("no_such_package", "a-package")})
    status, (finding,) = checked(OWN_ONLY)
    assert (status, finding["code"]) == (1, "E24")
    assert "`a-package` is not installed; install `detente[guardrails]`" in finding["message"]


MODERATION = """
[guardrails.detectors.moderation]
kind = "openai_moderation"
provider = "openai"
"""


def test_a_detector_that_may_not_see_what_deployments_get(checked: Checked) -> None:
    status, found = checked(OWN_ONLY + MODERATION)
    (finding,) = [one for one in found if one["code"] == "E29"]
    assert (status, finding["severity"]) == (0, "warning")
    assert (
        "at `openai/openai_moderation`, where detector `moderation` would look"
        in (finding["message"])
    )
    assert "are refused" in finding["message"]
    milder = OWN_ONLY.replace("\n[[guard", '\non_failure = "flag"\n[[guard', 1)
    (told,) = [one for one in checked(milder + MODERATION)[1] if one["code"] == "E29"]
    assert "go on without it" in told["message"]


@pytest.mark.parametrize(
    "change",
    [
        ('hosts = ["own"]', 'hosts = ["own", "openai"]'),
        ("\n[[guard", '\ndetectors = ["personal"]\n[[guard'),
        ('input = "block"', 'input = "pseudonymise"'),
    ],
)
def test_one_that_may_see_it_or_is_not_asked_is_not_told(
    checked: Checked, change: tuple[str, str]
) -> None:
    text = OWN_ONLY.replace(*change, 1)
    assert "E29" not in {one["code"] for one in checked(text + MODERATION)[1]}


def test_a_fact_that_is_missing_of_a_service_lets_data_pass_to_it(checked: Checked) -> None:
    """A rule that bars places does not speak of a detector of which nobody said where it is."""
    text = OWN_ONLY.replace('hosts = ["own"]', 'regions = ["us-*"]').replace("flag", "mask")
    text = text.replace('input = "block"', 'categories = ["iban"]\ninput = "block"')
    told = [one["message"] for one in checked(text + MODERATION)[1] if one["code"] == "E25"]
    assert any("`openai/openai_moderation`, of which nobody said the region" in m for m in told)


def test_a_guard_that_does_not_chat_cannot_look(checked: Checked) -> None:
    text = (
        OWN_ONLY
        + """
[models."amazon/titan"]
deployments = [{ provider = "bedrock", id = "amazon.titan-embed-text-v2:0" }]
[providers.bedrock]
kind = "bedrock"
region = "us-east-1"
credentials = "default"
[guardrails.detectors.guard]
kind = "model"
model = "%s"
"""
    )
    status, found = checked(text % "bedrock/amazon.titan-embed-text-v2:0")
    (finding,) = [one for one in found if one["code"] == "E24"]
    assert status == 1
    assert "`bedrock/amazon.titan-embed-text-v2:0` does not chat" in finding["message"]
    assert "E24" not in {one["code"] for one in checked(text % "own/m")[1]}
