"""The vocabulary of scheme files, and its JSON Schema."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from greenhood.schemes.format import Scheme
from greenhood.schemes.json_schema import json_schema
from tests.schemes.standards import line, single


def test_entry_never_changes_after_loading() -> None:
    made = single(line())

    with pytest.raises(ValidationError, match="frozen"):
        made.maximum = 50  # type: ignore[misc,assignment]


def test_schema_knows_every_word_and_no_other() -> None:
    schema = json_schema()

    assert schema["properties"].keys() == Scheme.model_fields.keys()
    assert schema["additionalProperties"] is False
    assert all(
        model.get("additionalProperties") is False for model in schema["$defs"].values() if model["type"] == "object"
    )
    assert json.loads(json.dumps(schema)) == schema


def test_schema_allows_a_setting_wherever_a_value_stands_but_in_settings() -> None:
    models = json_schema()["$defs"]

    assert allows_setting(models["Level"]["properties"]["at_least"])
    assert allows_setting(models["Criterion"]["properties"]["how"])
    assert allows_setting(models["Step"]["properties"]["days"])
    assert not allows_setting(models["Setting"]["properties"]["default"])


def test_schema_asks_for_sections_only_without_a_higher_scheme() -> None:
    schema = json_schema()

    assert schema["required"] == ["id", "title", "issuer", "jurisdiction"]
    assert schema["anyOf"] == [{"required": ["implements"]}, {"required": ["procedure", "standards", "subjects"]}]


def allows_setting(field: dict[str, Any]) -> bool:
    return {"$ref": "#/$defs/SettingReference"} in field.get("anyOf", [])
