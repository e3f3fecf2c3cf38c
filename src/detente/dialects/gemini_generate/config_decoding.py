"""`generationConfig` in canonical words: how the answer is to be made.

Whole numbers may come as text or as floats, as the JSON of protocol buffers allows; the canonical
value is a whole number, and how it was written is spelling.
"""

import re
from typing import Final

import msgspec

from detente.canonical.extras import Json, Obj
from detente.canonical.request import AudioOutput, OutputFormat, ReasoningControl
from detente.dialects._codec import fields
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.rest import rest
from detente.dialects.gemini_generate import words
from detente.dialects.gemini_generate.notes import Notes
from detente.dialects.gemini_generate.schemas import json_schema
from detente.dialects.gemini_generate.spelling import camelled

_KEY: Final = "generationConfig"
_WHOLE_TEXT: Final = re.compile(r"-?[0-9]{1,19}")
_JSON: Final = "application/json"
_PLAIN: Final = "text/plain"
_USUAL: Final = frozenset(
    (
        "maxOutputTokens",
        "responseJsonSchema",
        "responseMimeType",
        "responseSchema",
        "temperature",
        "thinkingConfig",
        "topP",
    )
)
_DYNAMIC: Final = -1
"""A budget for thoughts that the model chooses itself."""


class Config(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The members of a canonical request that stand in the configuration."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    choices: int | None = None
    max_output_tokens: int | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    output_format: OutputFormat | None = None
    reasoning: ReasoningControl | None = None
    modalities: tuple[str, ...] = ()
    audio: AudioOutput | None = None


def decode_config(config: Obj, notes: Notes) -> Config:
    """The configuration; raises `Misfit` with a path within it."""
    source, snakes = camelled(config, words.CONFIG)
    notes.marks += snakes
    spelling: Obj = {}
    found = Config(
        temperature=fields.number_or_none(source, "temperature"),
        top_p=fields.number_or_none(source, "topP"),
        max_output_tokens=_whole(source, "maxOutputTokens", spelling),
        output_format=_format(source, notes, spelling),
        reasoning=_reasoning(source, notes),
    )
    if not (source.keys() <= _USUAL):
        found = _with_more(found, source, notes, spelling)
    notes.add_rest(rest(source, words.CONFIG, words.NAME, spelling=spelling), _KEY)
    return found


def _with_more(found: Config, source: Obj, notes: Notes, spelling: Obj) -> Config:
    """The configuration with what few requests set."""
    notes.add_options(source, words.CONFIG_OPTIONS, f"{_KEY}.")
    return msgspec.structs.replace(
        found,
        top_k=_whole(source, "topK", spelling),
        frequency_penalty=fields.number_or_none(source, "frequencyPenalty"),
        presence_penalty=fields.number_or_none(source, "presencePenalty"),
        seed=_whole(source, "seed", spelling),
        stop=fields.texts(source, "stopSequences"),
        choices=_whole(source, "candidateCount", spelling),
        logprobs=fields.flag_or_none(source, "responseLogprobs"),
        top_logprobs=_whole(source, "logprobs", spelling),
        modalities=_modalities(source, spelling),
        audio=_audio(source, notes, spelling),
    )


def _whole(source: Obj, key: str, spelling: Obj) -> int | None:
    """A whole number, however it is written; None where it is absent or null."""
    value = source.get(key)
    if value is None or type(value) is int:
        return value
    if type(value) is float:
        if value.is_integer():
            return int(value)
        spelling[key] = value
        return round(value)
    if type(value) is str and _WHOLE_TEXT.fullmatch(value):
        spelling[key] = value
        return int(value)
    raise Misfit(key, "must be a whole number")


def _format(source: Obj, notes: Notes, spelling: Obj) -> OutputFormat | None:
    """The form of the answer. Other media types (`text/x.enum`) are this API's own."""
    media_type = fields.text_or_none(source, "responseMimeType")
    schema = fields.member_or_none(source, "responseJsonSchema")
    google = fields.member_or_none(source, "responseSchema")
    if media_type not in (None, _JSON, _PLAIN):
        for key in ("responseMimeType", "responseJsonSchema", "responseSchema"):
            if source.get(key) is not None:
                notes.add_option(f"{_KEY}.{key}", source[key], "refuse")
        return None
    if schema is None and google is not None:
        schema = json_schema(google)
        notes.marks.append("google_schema")
    if google is not None:
        spelling["responseSchema"] = google
    if schema is None:
        if media_type is None:
            return None
        return OutputFormat(kind="json_object" if media_type == _JSON else "text")
    if media_type != _JSON:
        notes.marks.append("no_media_type")
        if media_type is not None:
            spelling["responseMimeType"] = media_type
    return OutputFormat(kind="json_schema", schema=schema)


def _reasoning(source: Obj, notes: Notes) -> ReasoningControl | None:
    config = fields.member_or_none(source, "thinkingConfig")
    if not config:
        return None
    try:
        return _thinking(config, notes)
    except Misfit as misfit:
        misfit.under("thinkingConfig")
        raise


def _thinking(config: Obj, notes: Notes) -> ReasoningControl:
    source, snakes = camelled(config, words.THINKING)
    notes.marks += snakes
    told: Obj = {}
    budget = _whole(source, "thinkingBudget", told)
    level = fields.text_or_none(source, "thinkingLevel")
    effort = words.LEVELS.get(level.upper()) if level is not None else None
    if level is not None and level not in words.LEVELS:
        told["thinkingLevel"] = level
    notes.add_rest(rest(source, words.THINKING, words.NAME, spelling=told), _KEY, "thinkingConfig")
    return ReasoningControl(
        enabled=False if budget == 0 else None,
        adaptive=budget == _DYNAMIC,
        effort=effort,
        budget_tokens=budget if budget is not None and budget > 0 else None,
        visible=fields.flag_or_none(source, "includeThoughts"),
    )


def _modalities(source: Obj, spelling: Obj) -> tuple[str, ...]:
    said = fields.texts(source, "responseModalities")
    if any(word != word.upper() for word in said):
        spelling["responseModalities"] = list[Json](said)
    return tuple([word.lower() for word in said])


def _audio(source: Obj, notes: Notes, spelling: Obj) -> AudioOutput | None:
    """How to speak. One voice is in canonical words; how it was written is spelling."""
    speech = fields.member_or_none(source, "speechConfig")
    if not speech:
        return None
    voice: Json = speech
    for camel, snake in (
        ("voiceConfig", "voice_config"),
        ("prebuiltVoiceConfig", "prebuilt_voice_config"),
        ("voiceName", "voice_name"),
    ):
        if type(voice) is not dict:
            break
        voice = voice.get(camel, voice.get(snake))
    if type(voice) is not str:
        notes.add_option(f"{_KEY}.speechConfig", speech, "drop")
        return None
    spelling["speechConfig"] = speech
    return AudioOutput(voice=voice)
