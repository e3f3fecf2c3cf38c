"""Names of people, and what else a language model of spaCy names, found by Presidio's engine.

A guess by a trained model, not a form with a check digit: it misses names, and takes other words
for some. It costs some 40 ms for each 1,000 characters, on the thread that asks. Presidio's own
patterns are not asked: the other detectors here know those forms.

The engine is handed a model that is loaded, for else Presidio downloads one that is missing
(`SpacyNlpEngine.load`, presidio-analyzer 2.2.366, read 2026-11-22). Words of texts are forgotten
with each look, in a memory zone; spaCy would keep every new one for as long as the process runs
(https://spacy.io/usage/memory-management, read 2026-11-22).

>>> names = Presidio("names", "en_core_web_sm", {"PERSON": "person"})
>>> [(one.start, one.end) for one in names.find("Please call Barbara Mitchell today.")]
[(12, 28)]
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any, Final, Protocol, cast

from detente.guardrails.detector import Finding
from detente.guardrails.detector_error import DetectorError, missing
from detente.guardrails.folding import FoldedDetector
from detente.guardrails.merging import merged
from detente.guardrails.sentences import MARK_CHARACTERS_MAX, PIECE_CHARACTERS_MAX, pieces_of

PIECES_AT_ONCE: Final = 64
"""Pieces that the model reads together; more are quicker by nothing."""

_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_NAMES: Final = "doc.ents"
"""What a part of a model says it writes when it names things (spaCy's `Language.factory`)."""
_RULERS: Final = frozenset({"entity_ruler", "span_ruler"})
"""Parts that go by rules, which may ask what any other part has said."""
_GRAMMAR: Final = frozenset(
    {
        *("tagger", "morphologizer", "parser", "senter", "attribute_ruler"),
        *("lemmatizer", "trainable_lemmatizer", "textcat", "textcat_multilabel"),
    }
)
"""Parts of spaCy's models that a trained recogniser does not need, by their factories."""


class Presidio(FoldedDetector):
    """One loaded model, and Presidio's engine over it.

    Each sentence is read by itself, so that what is found in it does not depend on what surrounds
    it, in a stream neither; sentences beyond `PIECE_CHARACTERS_MAX` in parts.
    """

    def __init__(self, name: str, model: str, entities: Mapping[str, str]) -> None:
        """`model` is the name of an installed package or the path of a folder; `entities` are
        Presidio's names of what to look for, with the data category of each.

        Raises `DetectorError` where Presidio, spaCy or the model is missing, and where the model
        cannot name what is wanted.
        """
        self.name: Final = name
        self.categories: Final = tuple(dict.fromkeys(entities.values()))
        self.look_back: Final = PIECE_CHARACTERS_MAX + MARK_CHARACTERS_MAX
        self._entities: Final = dict(entities)
        self._model: Final = _loaded(model)
        self._engine, self._analyzer = _engines(self._model, model, self._entities)

    def find_folded(self, text: str) -> Iterator[Finding]:
        """What the model names, in order; what overlaps within a category is one."""
        text = _SURROGATES.sub("\ufffd", text)
        spans: dict[str, list[tuple[int, int]]] = {category: [] for category in self.categories}
        for category, start, end in self._named(text):
            spans[category].append((start, end))
        found = [
            Finding(start=start, end=end, category=category)
            for category, several in spans.items()
            for start, end in merged(several)
        ]
        return iter(sorted(found, key=lambda one: one.start))

    def _named(self, text: str) -> list[tuple[str, int, int]]:
        """Category and place of everything that is named; nothing of the model's outlives it."""
        pieces = [(a, b) for a, b in pieces_of(text) if any(map(str.isalpha, text[a:b]))]
        if not pieces:
            return []
        named: list[tuple[str, int, int]] = []
        language = self._model.lang
        with self._model.memory_zone():
            read = self._engine.process_batch(
                [text[start:end] for start, end in pieces], language, batch_size=PIECES_AT_ONCE
            )
            for (offset, _), (piece, artifacts) in zip(pieces, read, strict=True):
                for one in self._analyzer.analyze(
                    piece, language, list(self._entities), nlp_artifacts=artifacts
                ):
                    start, end = _trimmed(piece, one.start, one.end)
                    if start < end:
                        category = self._entities[one.entity_type]
                        named.append((category, offset + start, offset + end))
        return named


class _Model(Protocol):
    """What is used of spaCy's `Language`."""

    lang: str
    pipe_names: list[str]
    pipe_labels: Mapping[str, list[str]]

    def get_pipe_meta(self, name: str) -> Any: ...
    def disable_pipe(self, name: str) -> None: ...
    def memory_zone(self) -> AbstractContextManager[object]: ...


class _Result(Protocol):
    """What is used of Presidio's `RecognizerResult`."""

    entity_type: str
    start: int
    end: int


class _Engine(Protocol):
    """What is used of Presidio's `SpacyNlpEngine`."""

    nlp: Mapping[str, _Model] | None

    def process_batch(
        self, texts: list[str], language: str, batch_size: int
    ) -> Iterator[tuple[str, object]]: ...


class _Analyzer(Protocol):
    """What is used of Presidio's `AnalyzerEngine`."""

    def analyze(
        self, text: str, language: str, entities: list[str], *, nlp_artifacts: object
    ) -> list[_Result]: ...


def _loaded(model: str) -> _Model:
    """The model, with no more of its parts than naming takes."""
    spacy = _imported("spacy", "spacy")
    there = spacy.util.ensure_path(model).is_dir() if "/" in model else spacy.util.is_package(model)
    if not there:
        raise DetectorError(
            f"there is no model `{model}`; install the package of that name, or give the path of "
            "a model's folder, with a `/`"
        )
    try:
        nlp = cast(_Model, spacy.load(model))
    except (OSError, ImportError, ValueError, AttributeError):
        raise DetectorError(
            f"spaCy cannot load `{model}`; see whether it is a model, and with `python -m spacy "
            "validate` whether one for this version"
        ) from None
    factories = {name: nlp.get_pipe_meta(name).factory for name in nlp.pipe_names}
    if not _RULERS.intersection(factories.values()):
        for name, factory in factories.items():
            if factory in _GRAMMAR:
                nlp.disable_pipe(name)
    return nlp


def _engines(nlp: _Model, model: str, entities: Mapping[str, str]) -> tuple[_Engine, _Analyzer]:
    """Presidio's engines over the loaded model, told to look for nothing but `entities`."""
    presidio = _imported("presidio_analyzer", "presidio-analyzer")
    engines = _imported("presidio_analyzer.nlp_engine", "presidio-analyzer")
    recognizers = _imported("presidio_analyzer.predefined_recognizers", "presidio-analyzer")
    own = [label for name in nlp.pipe_names for label in _labels(nlp, name)]
    known: dict[str, str] = engines.NerModelConfiguration().model_to_presidio_entity_mapping
    meant = {label: known.get(label, label) for label in own}
    for entity in entities:
        if entity not in meant.values():
            knows = ", ".join(f"`{one}`" for one in sorted(set(meant.values()))) or "nothing"
            raise DetectorError(
                f"the model `{model}` names no `{entity}`; write what it names: {knows}"
            )
    engine = cast(
        _Engine,
        engines.SpacyNlpEngine(
            models=[{"lang_code": nlp.lang, "model_name": model}],
            ner_model_configuration=engines.NerModelConfiguration(
                model_to_presidio_entity_mapping=meant,
                labels_to_ignore=[label for label in own if meant[label] not in entities],
            ),
        ),
    )
    engine.nlp = {nlp.lang: nlp}
    recognizer = recognizers.SpacyRecognizer(
        supported_language=nlp.lang, supported_entities=list(entities)
    )
    analyzer = presidio.AnalyzerEngine(
        registry=presidio.RecognizerRegistry([recognizer], supported_languages=[nlp.lang]),
        nlp_engine=engine,
        supported_languages=[nlp.lang],
    )
    return engine, cast(_Analyzer, analyzer)


def _labels(nlp: _Model, name: str) -> list[str]:
    """What one part of a model may name; none for a part that names nothing."""
    return nlp.pipe_labels.get(name, []) if _NAMES in nlp.get_pipe_meta(name).assigns else []


def _imported(module: str, package: str) -> Any:
    """A module of the extra; typed where it is used, so that checks need not have it installed."""
    try:
        return import_module(module)
    except ImportError:
        raise missing(package, "presidio") from None


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A range without the spaces at its edges."""
    part = text[start:end]
    return end - len(part.lstrip()), start + len(part.rstrip())
