"""JSON Schema, as tools and structured answers have it: what in it is not content.

Descriptions, titles, examples, defaults, enumerations, patterns and the names of properties were
written by somebody, and are content; so is the list of the required ones, which repeats the names.

>>> SCHEMA.members["description"]
Free(tokens=False)
"""

from typing import Final

from detente.guardrails.places.place import FREE, WORD_FORM, Keyed, Place, Shape, words

_BOUNDS: Final = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
    *("minContains", "maxContains", "uniqueItems", "readOnly", "writeOnly", "nullable"),
    *("deprecated", "strict"),
)
_WORDS: Final = (
    *("type", "format", "$schema", "$id", "$ref", "$anchor", "$dynamicRef", "contentEncoding"),
    *("contentMediaType", "additionalProperties"),
)
_NESTED: Final = (
    *("items", "additionalProperties", "unevaluatedProperties", "unevaluatedItems", "contains"),
    *("not", "if", "then", "else", "propertyNames", "prefixItems", "anyOf", "oneOf", "allOf"),
    *("additionalItems", "contentSchema"),
)
_WRITTEN: Final = (
    *("description", "title", "default", "example", "examples", "enum", "const", "pattern"),
    *("required", "propertyOrdering", "dependentRequired", "$comment"),
)


def _schema() -> Shape:
    """A schema holds schemas, so the table refers to itself."""
    members: dict[str, Place] = words(*_WORDS, *_BOUNDS)
    shape = Shape(members=members)
    named = Keyed(place=shape)
    members.update(dict.fromkeys(_WRITTEN, FREE))
    members.update(dict.fromkeys(_NESTED, shape))
    members["properties"] = named
    members["patternProperties"] = named
    members["dependentSchemas"] = named
    definitions = Keyed(place=shape, fits=WORD_FORM.fullmatch)  # `$ref` names them
    members["$defs"] = definitions
    members["definitions"] = definitions
    return shape


SCHEMA: Final = _schema()
