"""JSON schemas: whether a value fits one, and how one is moved into another or made smaller.

Schemas come from agents and from callers of our API and are untrusted: nothing they refer to is
fetched, and no regular expression of theirs is run here. It does not depend on tools or models.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, UnknownType, ValidationError
from referencing import Registry
from referencing.exceptions import Unresolvable

from rooftree.errors import UsageError

Schema = Mapping[str, Any]

SchemaEdit = Callable[[dict[str, Any]], dict[str, Any]]

ANY_OBJECT: Schema = {"type": "object"}
RUN_BY_REGEX = frozenset({"pattern", "patternProperties", "format"})
"""Left to the model server, whose grammar cannot run away; Python's `re` can."""
DEFINITIONS = frozenset({"properties", "$defs", "definitions", "dependentSchemas"})
"""Keywords whose value maps names of the caller's own to schemas."""
VALUES = frozenset({"const", "enum", "default", "examples", "required"})
"""Keywords whose value is data and no schema."""
MAX_ERROR_LENGTH = 300
UNUSABLE = (Unresolvable, UnknownType, RecursionError, TypeError, ValueError, KeyError)
"""What a validator may raise over a schema that `check_schema` would have refused."""


def closed_object(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of an object that has exactly these properties."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def json_format(name: str, schema: Schema, **more: Any) -> dict[str, Any]:
    """Return the `response_format` that asks for JSON by a schema."""
    return {"type": "json_schema", "json_schema": {"name": name, "schema": dict(schema), **more}}


def schema_error(schema: Schema, value: Any) -> str:
    """Return what is wrong with `value` by `schema`, or nothing where it fits."""
    validator = Draft202012Validator(without_regex(schema), registry=Registry())
    try:
        error = next(iter(validator.iter_errors(value)), None)
    except UNUSABLE as error:
        return f"its schema cannot be applied ({type(error).__name__})"
    return _worded(error) if error is not None else ""


def check_schema(schema: Any, name: str) -> None:
    """Refuse what is no JSON schema of an object, naming whose it is."""
    problem = ""
    if not isinstance(schema, Mapping):
        problem = "it is no JSON object"
    else:
        try:
            Draft202012Validator.check_schema(without_regex(schema))
        except SchemaError as error:
            problem = error.message[:MAX_ERROR_LENGTH]
        except RecursionError:
            problem = "it is nested too deeply"
    if problem:
        raise UsageError(f"the parameters of the tool {name!r} are no JSON schema: {problem}")


def relocated(schema: Schema, place: str) -> dict[str, Any]:
    """Return the schema with its own references pointing below `place`, such as `#/$defs/a`."""

    def change(node: dict[str, Any]) -> dict[str, Any]:
        target = node.get("$ref")
        if isinstance(target, str) and target.startswith("#"):
            return node | {"$ref": place + target[1:]}
        return node

    plain = {key: value for key, value in schema.items() if key not in ("$schema", "$id")}
    return _mapped(plain, change)


def has_references(schema: Any) -> bool:
    """Tell whether a schema holds references."""
    return '"$ref"' in json.dumps(schema)


def with_size_limits(schema: Schema, characters: int, items: int) -> dict[str, Any]:
    """Return the schema with a limit to every text and list that has none.

    A small model may write a text that never ends; a shorter one that ends is worth more.
    """

    def change(node: dict[str, Any]) -> dict[str, Any]:
        kinds = node.get("type")
        if kinds == "string" and not {"enum", "const", "maxLength"} & node.keys():
            return node | {"maxLength": max(characters, int(node.get("minLength", 0)))}
        if kinds == "array" and "maxItems" not in node:
            return node | {"maxItems": max(items, int(node.get("minItems", 0)))}
        return node

    return _mapped(schema, change)


def without_regex(schema: Schema) -> dict[str, Any]:
    """Return the schema without what would run a regular expression of the caller's."""

    def change(node: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in node.items() if key not in RUN_BY_REGEX}

    return _mapped(schema, change)


def _mapped(schema: Schema, change: SchemaEdit) -> dict[str, Any]:
    """Return the schema with `change` made to it and to every schema inside it."""
    return {key: _inside(key, value, change) for key, value in change(dict(schema)).items()}


def _inside(key: str, value: Any, change: SchemaEdit) -> Any:
    if key in VALUES:
        return value
    if key in DEFINITIONS and isinstance(value, Mapping):
        return {name: _inside("", inner, change) for name, inner in value.items()}
    if isinstance(value, list):
        return [_inside("", item, change) for item in value]
    return _mapped(value, change) if isinstance(value, Mapping) else value


def _worded(error: ValidationError) -> str:
    place = "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path
    ).removeprefix(".")
    words = " ".join(error.message.split())
    return f"{place}: {words}"[:MAX_ERROR_LENGTH] if place else words[:MAX_ERROR_LENGTH]
