r"""Phrases of attacks on prompts, in a dozen languages, as patterns of RE2. Data.

An order to drop orders is a verb, a word for what came before, and a word for orders, near each
other; a language's forms may stand in another order. False turns are the marks that a model's
template puts between them.

>>> len({phrase.name for phrase in PHRASES}) == len(PHRASES)
True
"""

# ruff: noqa: RUF001 - letters of other scripts are what is looked for

from typing import Final

import msgspec

SPAN_CHARACTERS_MAX: Final = 120
"""Of one phrase, however many words stand between its parts."""


class Phrase(msgspec.Struct, frozen=True, kw_only=True):
    """`form` is a pattern of RE2; `severity` 1 to 3."""

    name: str
    form: str
    severity: int


_GAP: Final = r"[^.!?\n]*?"
"""Without a bound of its own: counting makes automata large, and the span is bounded anyway."""


def _order(*parts: str) -> str:
    """Parts near each other in one sentence, whatever their case."""
    return "(?i:" + _GAP.join(f"(?:{part})" for part in parts) + ")"


_FORGET_EN: Final = (
    r"\b(?:ignore|disregard|forget|override|bypass|overlook|neglect"
    r"|do not follow|don't follow|stop following)\b"
)
_BEFORE_EN: Final = (
    r"\b(?:previous|prior|preceding|above|earlier|former|foregoing|initial|original"
    r"|system|your|all|any|these|those|developer)\b"
)
_ORDERS_EN: Final = (
    r"\b(?:instructions?|prompts?|rules|directives?|directions|guidelines"
    r"|commands?|constraints|programming|safeguards|restrictions)\b"
)

PHRASES: Final[tuple[Phrase, ...]] = (
    Phrase(name="forget_en", severity=3, form=_order(_FORGET_EN, _BEFORE_EN, _ORDERS_EN)),
    Phrase(
        name="forget_all_en",
        severity=3,
        form=_order(
            r"\b(?:forget|disregard|ignore)\b",
            r"\b(?:everything|all|anything)\b",
            r"\b(?:above|before|so far|you were told|you know|you have been told|prior)\b",
        ),
    ),
    Phrase(
        name="forget_de",
        severity=3,
        form=_order(
            r"(?:\b(?:ignorier|vergiss|vergesse|missachte|verwirf)|übergeh)",
            r"\b(?:alle|vorherig|bisherig|obig|vorangegangen|vorig|früher|deine|ihre|sämtlich)",
            r"\b(?:anweisung|instruktion|regel|vorgabe|befehl|prompt)\w*",
        ),
    ),
    Phrase(
        name="forget_fr",
        severity=3,
        form=_order(
            r"\b(?:ignor|oubli|néglig|outrepass|fai(?:s|tes) abstraction)\w*",
            r"\b(?:instructions?|consignes?|règles?|directives?|ordres?|prompts?)\b",
            r"\b(?:précédent|antérieur|ci-dessus|initial|système|reçue)\w*",
        ),
    ),
    Phrase(
        name="forget_es",
        severity=3,
        form=_order(
            r"\b(?:ignor|olvid|descart|omit|haz caso omiso)\w*",
            r"\b(?:instrucci|reglas|directrices|indicaciones|prompts?)|[oó]rdenes",
            r"\b(?:anterior|previ|arriba|inicial|del sistema|recibid)\w*",
        ),
    ),
    Phrase(
        name="forget_pt",
        severity=3,
        form=_order(
            r"\b(?:ignor|esque[çc]|desconsider|descart)\w*",
            r"\b(?:instruç|instruc|regras|ordens|diretrizes|orientaç|prompts?)\w*",
            r"\b(?:anterior|prévi|previ|acima|inicia|do sistema)\w*",
        ),
    ),
    Phrase(
        name="forget_it",
        severity=3,
        form=_order(
            r"\b(?:ignor|dimentic|trascur|disattend)\w*",
            r"\b(?:istruzion|regol|direttiv|comand|indicazion|ordin|prompt)\w*",
            r"\b(?:precedent|antecedent|sopra|inizial|di sistema|ricevut)\w*",
        ),
    ),
    Phrase(
        name="forget_nl",
        severity=3,
        form=_order(
            r"\b(?:negeer|vergeet|negeren)\b",
            r"\b(?:alle|vorige|eerdere|bovenstaande|voorgaande|je|uw)\b",
            r"\b(?:instructies?|opdrachten|regels|aanwijzingen|prompts?)\b",
        ),
    ),
    Phrase(
        name="forget_pl",
        severity=3,
        form=_order(
            r"\b(?:zignoruj|ignoruj|zapomnij|pomiń)\w*",
            r"\b(?:poprzedni|wcześniejsz|powyższ|wszystki)\w*",
            r"\b(?:instrukcj|polece|zasad|reguł|wytyczn)\w*",
        ),
    ),
    Phrase(
        name="forget_ru",
        severity=3,
        form=_order(
            "игнориру|забудь|не обращай внимания|не обращайте внимания|отбрось",
            "предыдущ|прежни|вышеуказан|все|сво|систем",
            "(?:инструкци|указани|правил|команд|промпт)[а-я]*",
        ),
    ),
    Phrase(
        name="forget_tr",
        severity=3,
        form=_order(
            "önceki|yukarıdaki|tüm|bütün",
            "talimat|yönerge|kural|komut",
            "(?:yok say|görmezden gel|unut|dikkate alma)[a-zçğıöşü]*",
        ),
    ),
    Phrase(
        name="forget_zh",
        severity=3,
        form=(
            "(?:忽略|无视|忘记|忘掉|不要理会|無視|忽視|忘記)[^。!?!?\\n]*?"
            "(?:之前|以上|上述|先前|前面|所有|此前|系统|系統)[^。!?!?\\n]*?"
            "(?:指令|指示|提示|规则|規則|命令|说明|要求|設定|设定)"
        ),
    ),
    Phrase(
        name="forget_ja",
        severity=3,
        form=(
            "(?:以前|これまで|上記|前|先|すべて|全て|システム)[^。!?\\n]*?"
            "(?:指示|命令|ルール|プロンプト|指令|設定)[^。!?\\n]*?"
            "(?:無視|忘れ|従わな|破棄)"
        ),
    ),
    Phrase(
        name="forget_ko",
        severity=3,
        form=(
            "(?:이전|위의?|앞의?|앞선|모든|기존|시스템)[^.!?\\n]*?"
            "(?:지시|명령|규칙|프롬프트|지침)[^.!?\\n]*?(?:무시|잊어|따르지)"
        ),
    ),
    Phrase(
        name="forget_ar",
        severity=3,
        form=("(?:تجاهل|انس|تغاض)[^.!؟\\n]*?(?:التعليمات|الأوامر|القواعد|الإرشادات|التوجيهات)"),
    ),
    Phrase(
        name="forget_hi",
        severity=3,
        form=(
            "(?:पिछले|पिछली|पहले|ऊपर|सभी)[^।!?\\n]*?(?:निर्देश|आदेश|नियम)[^।!?\\n]*?"
            "(?:अनदेखा|नज़रअंदाज|भूल|अनदेखी)"
        ),
    ),
    Phrase(
        name="reveal",
        severity=2,
        form=_order(
            r"\b(?:reveal|print|show|output|repeat|display|disclose|leak|tell me|give me|write out|"
            r"recite|dump|what (?:is|are|was|were))\b",
            r"\b(?:your|the|its|all)\b",
            r"\b(?:(?:system|initial|original|hidden|secret|developer) "
            r"(?:prompt|instructions?|message|rules)|instructions verbatim)\b",
        ),
    ),
    Phrase(
        name="reveal_verbatim",
        severity=2,
        form=_order(
            r"\b(?:repeat|print|output|write)\b",
            r"\b(?:everything|all (?:the )?(?:text|words)|the (?:text|words))\b",
            r"\b(?:above|before this|verbatim)\b",
        ),
    ),
    Phrase(
        name="reveal_other_languages",
        severity=2,
        form=(
            r"(?i:(?:system-?prompt|prompt (?:système|(?:del|do|di) sistema)"
            r"|instructions? système|systemanweisung\w*|системн[а-я]{0,4} (?:промпт|инструкц)[а-я]*"
            r"|系统提示|系統提示|システムプロンプト|시스템 프롬프트)"
            r"[^.!?\n。]*?"
            r"(?:\b(?:zeig|gib|nenne|verrat|affich|montr|révèl|muestr|revel|mostr|rivel|stamp)\w*"
            r"|покажи|выведи|раскрой|显示|顯示|输出|告诉|見せ|表示|教え|보여|출력|알려))"
        ),
    ),
    Phrase(
        name="another_self",
        severity=2,
        form=_order(
            r"\b(?:you are now|from now on,? you(?: are| will|'re)|act as|pretend (?:to be|you are)"
            r"|roleplay as|simulate)\b",
            r"\b(?:DAN\b|do anything now|jailbroken|unrestricted|unfiltered|uncensored|"
            r"without (?:any )?(?:restrictions|limits|filters|rules|guidelines)|no (?:restrictions|"
            r"limits|rules|filters)|evil|(?:the |a )?(?:system|root|developer mode|admin)\b)",
        ),
    ),
    Phrase(
        name="mode",
        severity=2,
        form=_order(
            r"\b(?:developer|debug|god|dan|jailbreak|sudo|maintenance|unrestricted) mode\b",
            r"\b(?:on|enabled?|activated?|active|engaged|now)\b",
        ),
    ),
    Phrase(
        name="new_orders",
        severity=2,
        form=r"(?im:^[ \t#>*\[(]{0,8}(?:new|updated|revised|real|important) "
        r"(?:system )?(?:instructions?|directives?|rules)[ \t]{0,4}[:\])])",
    ),
    Phrase(
        name="template_turns",
        severity=3,
        form=(
            r"<[|｜](?:(?:im_start|start_header_id|start|role_start)[|｜]>[ \t]{0,2}"
            r"(?:system|user|assistant|developer|tool)|(?:system|user|assistant|User|Assistant)[|｜]>)"
            r"|<start_of_turn>[ \t]{0,2}(?:user|model)|<</?SYS>>|\[/?SYSTEM_PROMPT\]"
            r"|<\|(?:SYSTEM|USER|CHATBOT)_TOKEN\|>"
        ),
    ),
    Phrase(
        name="template_marks",
        severity=2,
        form=(
            r"<[|｜](?:im_start|im_end|im_sep|endoftext|eot_id|eom_id|start_header_id"
            r"|end_header_id|begin_of_text|end_of_text|endofprompt|channel|message"
            r"|end▁of▁sentence|begin▁of▁sentence)[|｜]>"
            r"|</?(?:start|end)_of_turn>|\[/?INST\]|\[/?AVAILABLE_TOOLS\]"
            r"|<\|(?:START|END)_OF_TURN_TOKEN\|>"
        ),
    ),
    Phrase(
        name="false_turns",
        severity=2,
        form=(
            r"(?:\n\n(?:Human|Assistant|System): "
            r"|(?m:^### ?(?:System|Instruction|Assistant|Human|User|Response) ?:)"
            r"|(?i:<(?:system|system_prompt|system-prompt|system_message|admin|developer)>))"
        ),
    ),
    Phrase(
        name="send_away",
        severity=2,
        form=(
            r"!\[[^\]\n]{0,40}\]\(https?://[^\s)]{1,80}[?&][^\s)=]{1,24}="
            r"(?:\{|%7B|\[|<|\$)[^\s)]{0,40}"
        ),
    ),
    Phrase(
        name="decode_and_follow",
        severity=2,
        form=_order(
            r"\b(?:decode|decrypt|decipher|un-?base64)\b|\b(?:base64|rot13|hex|morse)\b",
            r"\b(?:execute|follow|obey|run|comply|carry out|do what|act on)\b",
            r"\b(?:it|them|this|that|result|instructions?|output|message|says)\b",
        ),
    ),
    Phrase(
        name="disguised",
        severity=3,
        form=(
            # «ignore previous», «ignore all», «system prompt» in base64, at each of its three
            # places, in ROT13 and in hexadecimal.
            r"aWdub3JlIHByZXZpb3Vz|lnbm9yZSBwcmV2aW91c|pZ25vcmUgcHJldmlvdX"
            r"|aWdub3JlIGFsbC|lnbm9yZSBhbGwg|pZ25vcmUgYWxsI"
            r"|SWdub3JlIHByZXZpb3Vz|SWdub3JlIGFsbC"
            r"|c3lzdGVtIHByb21wd|N5c3RlbSBwcm9tcH|zeXN0ZW0gcHJvbXB0"
            r"|(?i:\bvtaber nyy\b|\bvtaber cerivbhf\b|\bflfgrz cebzcg\b)"
            r"|(?i:69676e6f72652070726576696f7573|69676e6f726520616c6c|73797374656d2070726f6d7074)"
        ),
    ),
)
