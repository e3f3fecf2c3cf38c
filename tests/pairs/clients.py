"""The official client of each dialect, as one way to begin a talk.

>>> CLIENTS["openai_chat"](Terms(url=url, model="m-gemini"))
"""

from collections.abc import Callable
from typing import Final

from detente.canonical.model import Dialect
from tests.pairs.chat_talk import ChatTalk
from tests.pairs.converse_talk import ConverseTalk
from tests.pairs.gemini_talk import GeminiTalk
from tests.pairs.messages_talk import MessagesTalk
from tests.pairs.responses_talk import ResponsesTalk
from tests.pairs.talk import Talk, Terms

CLIENTS: Final[dict[Dialect, Callable[[Terms], Talk]]] = {
    "openai_chat": ChatTalk,
    "openai_responses": ResponsesTalk,
    "anthropic_messages": MessagesTalk,
    "gemini_generate": GeminiTalk,
    "bedrock_converse": ConverseTalk,
}
