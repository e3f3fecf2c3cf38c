"""What a simulated model says: a pure function of what it was asked.

- a prompt that begins with `echo ` is answered by the rest of it, whatever shape is asked for;
- `count to N` is answered by the numbers, one token each;
- with tools, each one that the prompt names is called, with the JSON object that follows the
  name or else with a sample of its schema; a forced choice calls without being named;
- after the tools' results, what they said is repeated; where the prompt has the word `report`,
  followed by a line of JSON that tells of each result its call, its name, whether it was an error,
  its text and its media (type, size and digest of the bytes);
- a prompt that begins with `describe` is answered by a line of JSON about its media;
- a prompt that begins with `forbidden` is not answered but filtered, before the first word
  (`forbidden prompt`) or after it (`forbidden answer`);
- a model with `guard` in its name says of every prompt whether it is safe (`harms`);
- otherwise a sentence of exactly the configured number of tokens.

Where a request asks for reasoning, a thought comes first, and counts as output. So one prompt
drives every dialect alike: `get_a {"x": 1} get_b {"y": 2} and report` gives two calls, and then a
text that tells what came back.

>>> compose(Ask(model="m", prompt="echo hi there"), tokens=12).text
'hi there'
"""

import hashlib
import json
import re
from typing import Final, Literal

import msgspec

from detente.simulator import tokens as tokenizer
from detente.simulator.exchange import JsonObject
from detente.simulator.harms import is_guard, judged
from detente.simulator.sample import Schema, sample

COUNT_MAX: Final = 100_000
"""`count to N` stops here: it is meant for long streams, not for endless ones."""

EXCERPT_TOKENS: Final = 6

Finish = Literal["stop", "length", "tool_calls", "stop_sequence", "filtered"]

FORBIDDEN: Final = "forbidden "

_REPORT: Final = re.compile(r"\breport\b", re.IGNORECASE)

_COUNT: Final = re.compile(r"\bcount to (\d{1,9})\b", re.IGNORECASE)


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """A tool that was offered, with the schema of its arguments."""

    name: str
    schema: Schema = Schema()


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call of a tool; `arguments` is JSON text."""

    name: str
    arguments: str

    @property
    def tokens(self) -> int:
        """One for the opening with its name, and those of the arguments."""
        return 1 + tokenizer.count(self.arguments)


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a tool returned: `id` and `name` are its call's, where the dialect says them."""

    id: str = ""
    name: str = ""
    error: bool = False
    text: str = ""
    media: tuple[JsonObject, ...] = ()


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """A request in no dialect. `choice` is `auto`, `none`, `required` or the name of a tool.

    `results` is what the tools returned that the model should go on from, None where it should
    not; `media` is what came with the prompt; `schema` is the shape that the answer must have;
    `thinking` is whether it should reason first.
    """

    model: str
    prompt: str
    input_tokens: int = 0
    tools: tuple[Tool, ...] = ()
    choice: str = "auto"
    parallel: bool = True
    results: tuple[Result, ...] | None = None
    media: tuple[JsonObject, ...] = ()
    tokens_max: int | None = None
    stops: tuple[str, ...] = ()
    schema: Schema | None = None
    thinking: bool = False


class Composition(msgspec.Struct, frozen=True, kw_only=True):
    """An answer in no dialect: a thought, then text or calls, and why it ended."""

    thinking: str = ""
    text: str = ""
    calls: tuple[Call, ...] = ()
    finish: Finish = "stop"
    stop: str | None = None

    @property
    def tokens(self) -> int:
        """All output: each is one token-bearing event of a stream."""
        visible = tokenizer.count(self.text) + sum(call.tokens for call in self.calls)
        return visible + self.thinking_tokens

    @property
    def thinking_tokens(self) -> int:
        """The part of the output that is thought."""
        return tokenizer.count(self.thinking)


def compose(ask: Ask, *, tokens: int, variant: int = 0) -> Composition:
    """The answer number `variant` to `ask`, `tokens` long where nothing else decides that."""
    thinking = _thought(ask) if ask.thinking else ""
    if is_guard(ask.model):
        return _bounded(judged(ask.prompt), thinking, ask)
    if ask.prompt.lower().startswith(FORBIDDEN):
        words = () if "prompt" in ask.prompt else tokenizer.split(ask.prompt)[:1]
        return Composition(thinking=thinking, text="".join(words), finish="filtered")
    calls = _calls(ask)
    if calls:
        return Composition(thinking=thinking, calls=calls, finish="tool_calls")
    text = _text(ask, tokens)
    if variant:
        text = f"({variant + 1}) {text}"
    return _bounded(text, thinking, ask)


def identity(ask: Ask, composition: Composition) -> str:
    """32 hexadecimal digits that the same question and answer always share."""
    facts = (ask.model, ask.prompt, ask.input_tokens, composition.text)
    return hashlib.sha256(repr((facts, composition.calls)).encode()).hexdigest()[:32]


def _bounded(text: str, thinking: str, ask: Ask) -> Composition:
    for stop in ask.stops:
        if stop and stop in text:
            before = text.partition(stop)[0]
            return Composition(thinking=thinking, text=before, finish="stop_sequence", stop=stop)
    words = tokenizer.split(text)
    if ask.tokens_max is not None:
        left = max(0, ask.tokens_max - tokenizer.count(thinking))
        if len(words) > left:
            return Composition(thinking=thinking, text="".join(words[:left]), finish="length")
    return Composition(thinking=thinking, text=text)


def _thought(ask: Ask) -> str:
    """What the model thinks first: the same for the same question and the same results."""
    seen = f" with {len(ask.results)} results" if ask.results else ""
    return f"Thinking about{seen}: {' '.join(_excerpt(ask.prompt))}."


def _reported(results: tuple[Result, ...]) -> str:
    return json.dumps([msgspec.to_builtins(result) for result in results])


def _text(ask: Ask, tokens: int) -> str:
    if ask.results is not None:
        said = f"The tool says: {' '.join(result.text for result in ask.results)}"
        return f"{said}\n{_reported(ask.results)}" if _REPORT.search(ask.prompt) else said
    if ask.prompt.lower().startswith("echo "):
        return ask.prompt[len("echo ") :]
    if ask.schema is not None:
        return json.dumps(sample(ask.schema))
    if ask.prompt.lower().startswith("describe"):
        return json.dumps(ask.media)
    if found := _COUNT.search(ask.prompt):
        return " ".join(str(number) for number in range(1, min(int(found[1]), COUNT_MAX) + 1))
    return _sentence(ask.prompt, tokens)


def _sentence(prompt: str, tokens: int) -> str:
    """A sentence about the prompt's beginning, of exactly `tokens` tokens."""
    words = [
        "You",
        " asked",
        ":",
        *(f" {word}" for word in _excerpt(prompt)),
        ".",
        " Noted",
    ]
    while len(words) < tokens - 1:
        words += [" and", " so", " on"]
    return "".join([*words[: tokens - 1], "."])


def _excerpt(prompt: str) -> list[str]:
    words = [word.strip() for word in tokenizer.split(prompt) if word.strip().isalnum()]
    return words[:EXCERPT_TOKENS]


def _calls(ask: Ask) -> tuple[Call, ...]:
    if not ask.tools or ask.choice == "none" or ask.results is not None:
        return ()
    offered = [tool for tool in ask.tools if ask.choice in ("auto", "required", tool.name)]
    found = [
        (mention.end(), tool)
        for tool in offered
        for mention in re.finditer(rf"\b{re.escape(tool.name)}\b", ask.prompt)
    ]
    found.sort(key=lambda pair: pair[0])
    calls = [Call(name=tool.name, arguments=_arguments(ask, at, tool)) for at, tool in found]
    if not calls and ask.choice != "auto" and offered:
        calls = [Call(name=offered[0].name, arguments=_arguments(ask, len(ask.prompt), offered[0]))]
    return tuple(calls if ask.parallel else calls[:1])


def _arguments(ask: Ask, at: int, tool: Tool) -> str:
    """The JSON object that follows the tool's name, else a sample of its schema."""
    rest = ask.prompt[at:]
    start = rest.find("{")
    if start >= 0 and rest[:start].strip() in ("", "with", "(", ":"):
        try:
            given, _ = json.JSONDecoder().raw_decode(rest[start:])
            return json.dumps(given)
        except (ValueError, RecursionError):
            pass
    return json.dumps(sample(tool.schema) or {})
