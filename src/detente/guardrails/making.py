"""The detectors of a configuration: the built-in ones as it has set them, and its own.

Knows no file: the bytes of a dictionary arrive as an argument. Whoever asks for a detector whose
package is not installed gets a `DetectorError` that names the extra.

>>> made(OwnPattern(name="ref", category="ref_no", pattern="R[0-9]+")).look_back
258
"""

from collections.abc import Callable, Collection, Mapping
from importlib.util import find_spec
from typing import Final, assert_never

import msgspec

from detente.guardrails.detector import Detector
from detente.guardrails.detector_error import DetectorError, missing
from detente.guardrails.detectors import DETECTORS
from detente.guardrails.detectors.dictionary import Dictionary
from detente.guardrails.detectors.national_id import NationalId
from detente.guardrails.detectors.pattern import Pattern
from detente.guardrails.detectors.phone import Phone
from detente.guardrails.detectors.presidio import Presidio
from detente.guardrails.identities import FORMS

LOOK_BACK: Final = 256
"""The most characters that a match of a pattern has where nobody says; names and numbers fit."""


class OwnDictionary(msgspec.Struct, frozen=True, kw_only=True):
    """A dictionary; `words` are the bytes of its file: UTF-8, a word a line, or nothing."""

    name: str
    category: str
    words: bytes
    ignore_case: bool = False
    whole_words: bool = True


class OwnPattern(msgspec.Struct, frozen=True, kw_only=True):
    """A regular expression; `look_back` is the most characters that a match has."""

    name: str
    category: str
    pattern: str
    look_back: int = LOOK_BACK


class Regional(msgspec.Struct, frozen=True, kw_only=True):
    """The countries whose forms a built-in detector is to know, by two letters (ISO 3166)."""

    name: str
    regions: tuple[str, ...]


class OwnPresidio(msgspec.Struct, frozen=True, kw_only=True):
    """Names that a model of spaCy knows; `model` is a package, or with a `/` a folder. `entities`
    are Presidio's names of what is looked for, with the category of each."""

    name: str
    model: str
    entities: Mapping[str, str]


Setting = OwnDictionary | OwnPattern | OwnPresidio | Regional


class BuiltInDetector(msgspec.Struct, frozen=True, kw_only=True):
    """What a configuration may know of a built-in detector: what it finds and can be told."""

    categories: tuple[str, ...]
    settings: tuple[str, ...] = ()


REGIONAL: Final[Mapping[str, Callable[[tuple[str, ...]], Detector]]] = {
    "national_id": NationalId,
    "phone": Phone,
}
"""The built-in detectors that know countries, made for some."""

PACKAGES: Final[Mapping[str, tuple[str, str]]] = {
    "dictionary": ("ahocorasick_rs", "ahocorasick-rs"),
    "pattern": ("re2", "google-re2"),
    "national_id": ("stdnum", "python-stdnum"),
    "phone": ("phonenumbers", "phonenumbers"),
    "prompt_attack": ("re2", "google-re2"),
    "secret": ("re2", "google-re2"),
}
"""What a detector needs by the names of import and of installation: a kind, or a built-in one."""


def built_in() -> Mapping[str, BuiltInDetector]:
    """Every built-in detector by name."""
    return {
        detector.name: BuiltInDetector(
            categories=detector.categories,
            settings=("regions",) if detector.name in REGIONAL else (),
        )
        for detector in DETECTORS
    }


def together(own: Mapping[str, Detector]) -> tuple[Detector, ...]:
    """Every detector there is: the built-in ones, those in `own` in their place, then the others
    of `own` (by name)."""
    names = {detector.name for detector in DETECTORS}
    built = (own.get(detector.name, detector) for detector in DETECTORS)
    return (*built, *(detector for name, detector in own.items() if name not in names))


def made(setting: Setting) -> Detector:
    """A detector as it is wanted. Raises `DetectorError` where it cannot be had."""
    match setting:
        case OwnDictionary():
            return Dictionary(
                setting.name,
                setting.category,
                words_of(setting.words),
                case=not setting.ignore_case,
                whole_words=setting.whole_words,
            )
        case OwnPattern():
            return Pattern(
                setting.name, setting.category, setting.pattern, look_back=setting.look_back
            )
        case OwnPresidio():
            return Presidio(setting.name, setting.model, setting.entities)
        case Regional():
            _check_regions(setting)
            return REGIONAL[setting.name](setting.regions)
        case _:
            assert_never(setting)


def words_of(data: bytes) -> tuple[str, ...]:
    """The words of a dictionary's file. Raises `DetectorError`, which repeats none of them."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DetectorError(f"line {line} is not UTF-8; save the file as UTF-8") from None
    words = tuple(word for line in text.splitlines() if (word := line.strip()))
    if not words:
        raise DetectorError("the file has no words; write one a line")
    return words


def lacking(name: str) -> DetectorError | None:
    """Why the built-in detector or the kind `name` cannot look, None where all is installed."""
    module, package = PACKAGES.get(name, ("", ""))
    return missing(package) if module and find_spec(module) is None else None


def _check_regions(setting: Regional) -> None:
    """A country that a detector does not know would be one of which it finds nothing, unsaid."""
    known = FORMS.keys() if setting.name == "national_id" else _phone_regions()
    for region in setting.regions:
        if region not in known:
            raise DetectorError(
                f"it knows no numbers of `{region}`; leave it out, or write the two letters of "
                "ISO 3166 (`GB`, not `UK`)"
            )


def _phone_regions() -> Collection[str]:
    try:
        from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415 - of the extra `guardrails`
    except ImportError:
        raise missing("phonenumbers") from None
    return SUPPORTED_REGIONS
