"""Platforms' own words for what their safety systems look for, in the words of `SafetyCategory`.

Tables alone: whoever reads a platform's answer looks its words up here, be it in passing or because
it was asked.

>>> MODERATION["sexual/minors"]
'minors'
"""

from typing import Final

from detente.canonical.safety import SafetyCategory

AZURE: Final[dict[str, SafetyCategory]] = {
    "hate": "hate",
    "sexual": "sexual",
    "violence": "violence",
    "self_harm": "self_harm",
    "self-harm": "self_harm",
    "jailbreak": "prompt_attack",
    "indirect_attack": "prompt_attack",
    "protected_material_text": "ip",
    "protected_material_code": "ip",
    "profanity": "blocklist",
    "custom_blocklists": "blocklist",
    "custom_topics": "topic",
    "ungrounded_material": "ungrounded",
    "personally_identifiable_information": "pii",
}
"""Azure's filters; those of images are called the same."""

MODERATION: Final[dict[str, SafetyCategory]] = {
    "hate": "hate",
    "hate/threatening": "hate",
    "harassment": "harassment",
    "harassment/threatening": "harassment",
    "sexual": "sexual",
    "sexual/minors": "minors",
    "violence": "violence",
    "violence/graphic": "violence",
    "self-harm": "self_harm",
    "self-harm/intent": "self_harm",
    "self-harm/instructions": "self_harm",
    "illicit": "illicit",
    "illicit/violent": "illicit",
}
"""OpenAI's thirteen categories."""

BEDROCK_POLICIES: Final[tuple[tuple[str, str, SafetyCategory, str], ...]] = (
    ("topicPolicy", "topics", "topic", "name"),
    ("contentPolicy", "filters", "other", "type"),
    ("wordPolicy", "customWords", "blocklist", ""),
    ("wordPolicy", "managedWordLists", "blocklist", "type"),
    ("sensitiveInformationPolicy", "piiEntities", "pii", "type"),
    ("sensitiveInformationPolicy", "regexes", "pii", "name"),
    ("contextualGroundingPolicy", "filters", "ungrounded", "type"),
    ("automatedReasoningPolicy", "findings", "ungrounded", ""),
)
"""Policy, its list of findings, their category, and the member that names one."""

BEDROCK_CONTENT: Final[dict[str, SafetyCategory]] = {
    "HATE": "hate",
    "INSULTS": "harassment",
    "SEXUAL": "sexual",
    "VIOLENCE": "violence",
    "MISCONDUCT": "illicit",
    "PROMPT_ATTACK": "prompt_attack",
}
BEDROCK_SEVERITIES: Final = {"NONE": 0, "LOW": 1, "MEDIUM": 2, "HIGH": 3}
