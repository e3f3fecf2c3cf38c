"""Remote detectors, by the kinds that a configuration has; a new one is a file here and a line.

>>> made_remote(RemoteSetting(kind="openai_moderation", name="m")).categories[0]
'hate'
"""

from typing import Literal, assert_never

import msgspec

from detente.canonical.guardrail import Stage
from detente.guardrails.remote.asking import RemoteDetector
from detente.guardrails.remote.azure_content_safety import Analysis, AzureContentSafety
from detente.guardrails.remote.bedrock_guardrail import BedrockGuardrail
from detente.guardrails.remote.guard_model import GuardModel
from detente.guardrails.remote.openai_moderation import MODEL, OpenAIModeration

RemoteKind = Literal["openai_moderation", "azure_content_safety", "bedrock_guardrail", "model"]


class RemoteSetting(msgspec.Struct, frozen=True, kw_only=True):
    """What a configuration says of a remote detector; members of other kinds mean nothing."""

    kind: RemoteKind
    name: str
    stages: tuple[Stage, ...] = ("input",)
    model: str = MODEL
    analyses: tuple[Analysis, ...] = ("harm",)
    blocklists: tuple[str, ...] = ()
    guardrail: str = ""
    version: str = "DRAFT"
    instructed: bool = False


def made_remote(setting: RemoteSetting) -> RemoteDetector | GuardModel:
    """The detector; asks nobody."""
    name, stages = setting.name, setting.stages
    match setting.kind:
        case "openai_moderation":
            return OpenAIModeration(name=name, stages=stages, model=setting.model)
        case "azure_content_safety":
            analyses, blocklists = setting.analyses, setting.blocklists
            return AzureContentSafety(
                name=name, stages=stages, analyses=analyses, blocklists=blocklists
            )
        case "bedrock_guardrail":
            version = setting.version
            return BedrockGuardrail(
                name=name, stages=stages, guardrail=setting.guardrail, version=version
            )
        case "model":
            return GuardModel(name=name, stages=stages, instructed=setting.instructed)
        case _:
            assert_never(setting.kind)
