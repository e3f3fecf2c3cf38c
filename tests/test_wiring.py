"""Reading a configuration's files: everything that is wrong is said with its place."""

from pathlib import Path
from typing import Any

import pytest

from detente import wiring
from detente.configuration.located import LocatedErrors
from detente.configuration.tables import Secret
from detente.dialects import CODECS
from detente.guardrails.remote import GuardModel, OpenAIModeration
from detente.wiring import (
    CHATTING,
    blind_detectors,
    build,
    detectors_of,
    finds_of,
    kind_defaults,
    load,
    read_sources,
    remote_detectors_of,
    remote_places_of,
    secret_value,
)

CONFIGURATION = """
[agreements]
path = "signed"
[providers.openai]
kind = "openai"
[models."openai/gpt-4"]
deployments = [{ provider = "openai", id = "gpt-4" }]
[projects.shop]
labels = { data = "internal" }
[[events]]
name = "agi_verified"
occurred_at = 2030-01-01
recorded_at = 2030-01-02
"""
AGREEMENT = """
id = "one"
title = "One"
parties = ["us"]
from = 2024-01-01
recorded_at = 2024-01-01
source = "nowhere"
"""


@pytest.mark.parametrize(
    ("kind", "meant"), [("mistrall", "mistral"), ("groqq", "groq"), ("open_router", "openrouter")]
)
def test_the_nearest_kind_is_named_be_it_code_or_a_row(
    tmp_path: Path, kind: str, meant: str
) -> None:
    file = tmp_path / "detente.toml"
    file.write_text(f'[providers.one]\nkind = "{kind}"\n')
    with pytest.raises(LocatedErrors, match=f"did you mean `{meant}`"):
        load(file)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "signed").mkdir()
    (tmp_path / "signed" / "one.toml").write_text(AGREEMENT)
    (tmp_path / "signed" / "notes.md").write_text("not an agreement")
    (tmp_path / "detente.toml").write_text(CONFIGURATION)
    return tmp_path


def test_a_folder_or_its_file_gives_the_same_setup(folder: Path) -> None:
    setup = load(folder)
    assert setup.path == folder / "detente.toml"
    assert setup.world == load(folder / "detente.toml").world
    assert [deployment.id for deployment in setup.world.deployments] == ["openai/gpt-4"]
    assert [agreement.id for agreement in setup.agreements.agreements] == ["one"]
    assert [event.name for event in setup.events] == ["agi_verified"]
    assert setup.state == folder / "state"
    assert setup.labels_of_project("shop") == (("data", "internal"),)
    assert setup.labels_of_project("nobody") == ()


def test_what_the_organisation_carries_every_project_does(folder: Path) -> None:
    file = folder / "detente.toml"
    labels = '[organisation]\nlabels = { data = "public", firm = "x" }\n'
    file.write_text(file.read_text() + labels)
    setup = load(folder)
    assert setup.labels_of_project("shop") == (("data", "internal"), ("firm", "x"))
    assert setup.labels_of_project(None) == (("data", "public"), ("firm", "x"))


WORDS = '[guardrails.detectors.%s]\nkind = "dictionary"\ncategory = "person"\npath = "words.txt"\n'
REFUSED = '[guardrails.detectors.back]\nkind = "pattern"\ncategory = "b"\npattern = "(a"\n'


def test_dictionaries_are_read_once_with_the_rest(tmp_path: Path) -> None:
    (tmp_path / "detente.toml").write_text(WORDS % "staff" + WORDS % "clients")
    (tmp_path / "words.txt").write_text("Ann Example\n")
    sources = read_sources(tmp_path)
    (tmp_path / "words.txt").unlink()
    setup = build(sources)
    detectors = {detector.name: detector for detector in detectors_of(setup)}
    assert {"email", "staff", "clients"} <= set(detectors)
    assert len(list(detectors["staff"].find("Ann Example"))) == 1
    assert finds_of(setup)["clients"] == ("person",)


def test_dictionaries_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "detente.toml").write_text(WORDS % "staff" + WORDS % "clients")
    (tmp_path / "words.txt").write_text("12345")
    monkeypatch.setattr(wiring, "DICTIONARIES_BYTES_MAX", 10)
    assert len(load(tmp_path).dictionaries) == 2
    monkeypatch.setattr(wiring, "DICTIONARIES_BYTES_MAX", 9)
    with pytest.raises(LocatedErrors, match=r"words\.txt:1: all dictionaries together have more"):
        load(tmp_path)


def test_detectors_that_cannot_be_had_are_told_where_they_stand(tmp_path: Path) -> None:
    (tmp_path / "detente.toml").write_text(REFUSED)
    setup = load(tmp_path)
    with pytest.raises(LocatedErrors, match=r"detente\.toml:1: detector `back`: the pattern is"):
        detectors_of(setup)
    assert blind_detectors(setup) == {}  # no policy asks it


NAMES = '[guardrails.detectors.names]\nkind = "presidio"\nmodel = "models/names"\n'


def test_a_model_that_is_a_path_stands_beside_the_configuration(tmp_path: Path) -> None:
    rule = '[[guardrails.policies.p.data]]\ninput = "block"\n'
    (tmp_path / "detente.toml").write_text(NAMES + rule)
    setup = load(tmp_path)
    assert finds_of(setup)["names"] == ("person",)
    (error,) = blind_detectors(setup).values()
    assert "detente[presidio]" in str(error) or f"`{tmp_path}/models/names`" in str(error)


def test_a_model_looks_as_any_detector_does(tmp_path: Path) -> None:
    pytest.importorskip("presidio_analyzer", reason="needs `pip install 'detente[presidio]'`")
    spacy: Any = pytest.importorskip("spacy", reason="needs `pip install 'detente[presidio]'`")
    nlp = spacy.blank("de")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "PER", "pattern": "Ann Example"}])
    (tmp_path / "models").mkdir()
    nlp.to_disk(tmp_path / "models" / "names")
    (tmp_path / "detente.toml").write_text(NAMES)
    detectors = {detector.name: detector for detector in detectors_of(load(tmp_path))}
    (found,) = detectors["names"].find("von Ann Example")
    assert (found.start, found.end, found.category) == (4, 15, "person")


def test_policies_are_values_of_the_setup(tmp_path: Path) -> None:
    rule = '[[guardrails.policies.p.data]]\ninput = "block"\n'
    (tmp_path / "detente.toml").write_text(REFUSED + rule)
    setup = load(tmp_path)
    assert [policy.name for policy in setup.policies] == ["p"]
    assert set(blind_detectors(setup)) == {"back"}


def test_what_was_read_once_builds_the_same_without_the_files(folder: Path) -> None:
    sources = read_sources(folder)
    (folder / "detente.toml").unlink()
    assert [agreement.id for agreement in build(sources).agreements.agreements] == ["one"]


@pytest.mark.parametrize("name", ["nowhere", "nowhere/detente.toml"])
def test_a_missing_configuration_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(LocatedErrors, match="nowhere"):
        load(tmp_path / name)


def test_a_missing_folder_of_agreements_is_named(folder: Path) -> None:
    (folder / "detente.toml").write_text('[agreements]\npath = "unsigned"\n')
    with pytest.raises(LocatedErrors, match="unsigned"):
        load(folder)


def test_an_agreement_that_cannot_be_read_is_located(folder: Path) -> None:
    (folder / "signed" / "one.toml").write_text(AGREEMENT + "untill = 2025-01-01\n")
    with pytest.raises(LocatedErrors, match=r"one\.toml:8: unknown key `untill`"):
        load(folder)


def test_a_secret_is_read_from_where_it_is_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DETENTE_TEST_KEY", "from-env")
    (tmp_path / "key").write_text("from-file\n")
    assert secret_value(Secret(env="DETENTE_TEST_KEY"), tmp_path) == "from-env"
    assert secret_value(Secret(file="key"), tmp_path) == "from-file"
    with pytest.raises(OSError, match="nowhere"):
        secret_value(Secret(file="nowhere"), tmp_path)


def test_every_kind_of_provider_has_defaults() -> None:
    kinds = kind_defaults()
    assert kinds["openai"].base_url is not None
    assert kinds["azure"].base_url is None
    assert kinds["azure"].host == "microsoft"


def test_the_dialects_that_chat_are_those_with_a_codec() -> None:
    assert {codec.name for codec in CODECS} == CHATTING


REMOTE = """
[providers.openai]
kind = "openai"
api_key = { env = "K" }
region = "eu"
[models."openai/guard"]
deployments = [{ provider = "openai", id = "guard", retention = "none" }]
[guardrails.detectors.moderation]
kind = "openai_moderation"
provider = "openai"
model = "omni-moderation-2024-09-26"
[guardrails.detectors.guard]
kind = "model"
model = "openai/guard"
instructed = true
[guardrails.policies.p]
[[guardrails.policies.p.risks]]
treatment = "flag"
"""


def test_remote_detectors_are_made_found_and_placed(tmp_path: Path) -> None:
    (tmp_path / "detente.toml").write_text(REMOTE)
    setup = load(tmp_path)
    made = remote_detectors_of(setup)
    assert made["moderation"] == OpenAIModeration(
        name="moderation", model="omni-moderation-2024-09-26"
    )
    assert made["guard"] == GuardModel(name="guard", instructed=True)
    assert finds_of(setup)["guard"] == made["guard"].categories
    assert {one.name for one in detectors_of(setup)}.isdisjoint(made)
    places = remote_places_of(setup)
    assert (places["moderation"].region, places["moderation"].retention) == ("eu", None)
    assert (places["guard"].id, places["guard"].retention) == ("openai/guard", "none")
    assert blind_detectors(setup) == {}
