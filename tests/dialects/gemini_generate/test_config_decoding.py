"""How an answer is to be made, in canonical words."""

from typing import Any

from detente.canonical.extras import Obj
from tests.dialects.gemini_generate.askings import decoded


def test_thinking() -> None:
    def control(config: dict[str, Any]) -> Any:
        body: Obj = {"contents": [], "generationConfig": {"thinkingConfig": config}}
        return decoded(body).reasoning

    assert control({"thinkingBudget": 0}).enabled is False
    assert control({"thinkingBudget": -1}).adaptive
    assert control({"thinkingBudget": 100}).budget_tokens == 100
    assert control({"thinkingLevel": "minimal"}).effort == "minimal"
    assert control({"thinkingLevel": "XHIGH", "includeThoughts": False}).visible is False
    assert control({}) is None


def test_whole_numbers_however_they_are_written() -> None:
    request = decoded(
        {
            "contents": [],
            "generationConfig": {"maxOutputTokens": "100", "topK": 40.0, "seed": 7.5},
        }
    )
    assert (request.max_output_tokens, request.top_k, request.seed) == (100, 40, 8)


def test_what_only_google_can_be_asked_is_an_option() -> None:
    request = decoded(
        {
            "contents": [],
            "generationConfig": {
                "mediaResolution": "MEDIA_RESOLUTION_LOW",
                "imageConfig": {"aspectRatio": "1:1"},
                "responseMimeType": "text/x.enum",
                "responseSchema": {"type": "STRING", "enum": ["a"]},
                "speechConfig": {"multiSpeakerVoiceConfig": {}},
                "brandNew": 1,
            },
            "toolConfig": {"includeServerSideToolInvocations": True},
            "modelArmorConfig": {"promptTemplateName": "p"},
            "labels": {"team": "shop"},
            "store": False,
        }
    )
    assert {option.name: option.severity for option in request.options} == {
        "generationConfig.mediaResolution": "drop",
        "generationConfig.imageConfig": "drop",
        "generationConfig.responseMimeType": "refuse",
        "generationConfig.responseSchema": "refuse",
        "generationConfig.speechConfig": "drop",
        "toolConfig.includeServerSideToolInvocations": "drop",
        "modelArmorConfig": "refuse",
    }
    assert request.metadata == {"team": "shop"}
    assert request.store is False
    assert request.extras is not None
    assert request.extras.members == {"generationConfig": {"brandNew": 1}}


def test_a_voice_is_canonical() -> None:
    speech = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}}
    request = decoded(
        {
            "contents": [],
            "generationConfig": {"responseModalities": ["AUDIO"], "speechConfig": speech},
        }
    )
    assert request.audio is not None
    assert (request.audio.voice, request.modalities) == ("Kore", ("audio",))
