"""Members that say nothing to another platform, and why: the only ones to be left in silence.

A name is a member's path and what it says: a word, `*` for any text or number, the SDK's name of an
object of which only that is said which must be. Where it ends in `**`, it stands for all that
begin so.
"""

from collections.abc import Mapping

from detente.canonical.model import Dialect

DEFAULT = "what holds anyway, where it is not said"
EMPTY = "an empty object, or one whose members are all defaults"
NO_TOOLS = "a choice among no tools: with tools it is carried or named"
WHOLE = "the answer comes whole anyway"
OWN_ID = "the platform's own name or state of what is carried"
SHOWN = "how this API's clients show what is carried"
ALONE = "means nothing without what stands beside it"
BY_CALL = "a result goes by the id of its call, and the call has the name"
STRICT = "schemas of answers are always kept to there"
UNCITED = "a citation of no text"
EMPTY_TURN = "nothing is said"

NOTHING_MEANT: Mapping[Dialect, Mapping[str, str]] = {
    "openai_chat": {
        "messages[]=ChatCompletionAssistantMessageParam": EMPTY_TURN,
        "messages[].content[].image_url.detail=auto": DEFAULT,
        "messages[]=ChatCompletionFunctionMessageParam": BY_CALL,
        "function_call=none": NO_TOOLS,
        "function_call=auto": NO_TOOLS,
        "logprobs=false": DEFAULT,
        "modalities[]=text": DEFAULT,
        "parallel_tool_calls=true": NO_TOOLS,
        "parallel_tool_calls=false": NO_TOOLS,
        "response_format=ResponseFormatText": DEFAULT,
        "response_format.json_schema.strict=true": STRICT,
        "response_format.json_schema.strict=false": STRICT,
        "service_tier=auto": DEFAULT,
        "store=false": DEFAULT,
        "stream_options=ChatCompletionStreamOptionsParam": EMPTY,
        "stream_options.include_usage=true": WHOLE,
        "stream_options.include_usage=false": WHOLE,
        "tool_choice=none": NO_TOOLS,
        "tool_choice=auto": NO_TOOLS,
        "tools[].function.strict=false": DEFAULT,
        "tools[].custom.format=CustomFormatText": DEFAULT,
        "top_logprobs=*": ALONE,
        "stream=False": DEFAULT,
    },
    "openai_responses": {
        "access_programs=AccessPrograms": EMPTY,
        "background=false": DEFAULT,
        "background_options=BackgroundOptions": EMPTY,
        "image=Image": EMPTY,
        "include[]=reasoning.encrypted_content": "the state of reasoning always comes along",
        "input[].phase=commentary": SHOWN,
        "input[].phase=final_answer": SHOWN,
        "input[].type=message": DEFAULT,
        "input[].status=in_progress": SHOWN,
        "input[].status=completed": SHOWN,
        "input[].status=incomplete": SHOWN,
        "input[].content[]=ResponseOutputRefusalParam": OWN_ID,
        "input[].async=false": DEFAULT,
        "input[].id=*": OWN_ID,
        "input[].caller=CallerDirect": DEFAULT,
        "parallel_tool_calls=true": NO_TOOLS,
        "parallel_tool_calls=false": NO_TOOLS,
        "prompt_cache_options=PromptCacheOptions": EMPTY,
        "reasoning=Reasoning": EMPTY,
        "service_tier=auto": DEFAULT,
        "store=false": DEFAULT,
        "stream_options=StreamOptions": EMPTY,
        "text=ResponseTextConfigParam": EMPTY,
        "text.format=ResponseFormatText": DEFAULT,
        "text.format.strict=true": STRICT,
        "text.format.strict=false": STRICT,
        "tool_choice=none": NO_TOOLS,
        "tool_choice=auto": NO_TOOLS,
        "tools[].async=false": DEFAULT,
        "tools[].allowed_callers[]=direct": DEFAULT,
        "tools[].format=Text": DEFAULT,
        "top_logprobs=*": ALONE,
        "stream=False": DEFAULT,
    },
    "anthropic_messages": {
        "messages[].content[].citations[]=CitationWebSearchResultLocationParam": OWN_ID,
        "messages[].content[].citations[]=CitationsWebSearchResultLocation": OWN_ID,
        "messages[].content[].citations[].title=*": OWN_ID,
        "system[].citations[]=CitationWebSearchResultLocationParam": OWN_ID,
        "messages[].content[].citations=CitationsConfigParam": DEFAULT,
        "messages[].content[].citations.enabled=false": DEFAULT,
        "messages[].content[].caller=DirectCaller**": DEFAULT,
        "messages[].content[].content[].citations=CitationsConfigParam": DEFAULT,
        "messages[].content[].content[].citations.enabled=false": DEFAULT,
        "messages[].content[].is_error=false": DEFAULT,
        "cache_control=CacheControlEphemeralParam": "the platform caches prompts by itself",
        "metadata=MetadataParam": EMPTY,
        "output_config=OutputConfigParam": EMPTY,
        "service_tier=auto": DEFAULT,
        "thinking.display=summarized": DEFAULT,
        "thinking=ThinkingConfigAdaptiveParam": "the model decides how much it thinks",
        "thinking.display=omitted": "thoughts are not shown anyway",
        "tool_choice=ToolChoiceAutoParam": NO_TOOLS,
        "tool_choice=ToolChoiceNoneParam": NO_TOOLS,
        "tool_choice.disable_parallel_tool_use=true": NO_TOOLS,
        "tool_choice.disable_parallel_tool_use=false": NO_TOOLS,
        "tools[].strict=false": DEFAULT,
        "tools[].type=custom": DEFAULT,
        "stream=False": DEFAULT,
    },
    "gemini_generate": {
        "contents[]=Content": EMPTY_TURN,
        "contents[].parts[]=Part": EMPTY_TURN,
        "contents[].parts[].functionResponse.name=*": BY_CALL,
        "contents[].parts[].thought=true": EMPTY_TURN,
        "contents[].parts[].thought=false": EMPTY_TURN,
        "systemInstruction=Content": EMPTY_TURN,
        "systemInstruction.parts[]=Part": EMPTY_TURN,
        "systemInstruction.parts[].functionResponse.name=*": BY_CALL,
        "systemInstruction.parts[].thought=true": EMPTY_TURN,
        "systemInstruction.parts[].thought=false": EMPTY_TURN,
        "systemInstruction.role=*": "instructions have no role",
        "generationConfig=GenerationConfig": EMPTY,
        "generationConfig.logprobs=*": ALONE,
        "generationConfig.responseLogprobs=false": DEFAULT,
        "generationConfig.responseModalities[]=TEXT": DEFAULT,
        "generationConfig.responseSchema.nullable=true": ALONE,
        "generationConfig.responseSchema.nullable=false": DEFAULT,
        "generationConfig.responseSchema.propertyOrdering[]=*": ALONE,
        "generationConfig.speechConfig=SpeechConfig": EMPTY,
        "generationConfig.thinkingConfig=ThinkingConfig": EMPTY,
        "generationConfig.thinkingConfig.includeThoughts=false": DEFAULT,
        "tools[]=Tool": EMPTY,
        "toolConfig=ToolConfig": EMPTY,
        "toolConfig.functionCallingConfig=FunctionCallingConfig": EMPTY,
        "toolConfig.functionCallingConfig.mode=AUTO": NO_TOOLS,
        "toolConfig.functionCallingConfig.mode=NONE": NO_TOOLS,
        "serviceTier=unspecified": DEFAULT,
    },
    "bedrock_converse": {
        "messages[].content[].document.citations.enabled=false": DEFAULT,
        "messages[].content[].toolResult.content[].document.citations.enabled=false": DEFAULT,
        "messages[].content[].toolResult.status=success": DEFAULT,
        "messages[].content[].citationsContent**": UNCITED,
        "inferenceConfig=InferenceConfiguration": EMPTY,
        "toolConfig.tools[].toolSpec.strict=false": DEFAULT,
        "outputConfig=OutputConfig": EMPTY,
    },
}
