"""The vocabulary of scheme files, and its JSON Schema."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from greenhood.schemes import library, source
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


@pytest.mark.parametrize("path", library.files(), ids=lambda path: path.stem)
def test_shipped_files_fit_the_published_schema(client: Client, db: None, path: Path) -> None:
    response = client.get(reverse("schemes:schema"))
    published = response.json()
    validator = Draft202012Validator(published, format_checker=Draft202012Validator.FORMAT_CHECKER)

    assert response["Content-Type"].startswith("application/schema+json")
    assert published["$id"].endswith("/schemes/schema.json")
    assert [error.message for error in validator.iter_errors(as_json(source.read(path).raw))] == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("jurisdiction",), "四川"),
        (("standards", 0, "levels", 0, "at_least"), {"settings": "pass-mark"}),
        (("procedure", "steps", 0, "kind"), "apply"),
        (("upkeep", "reexamine_every"), 12),
    ],
)
def test_schema_refuses_what_loading_refuses(place: tuple[str | int, ...], value: object) -> None:
    written = as_json(source.read(library.folder() / "sichuan-2020.yaml").raw)
    inner = written
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value

    assert not Draft202012Validator(json_schema()).is_valid(written)


def as_json(value: Any) -> Any:
    """What an editor sees of a YAML file: numbers as numbers, days as text."""
    if isinstance(value, dict):
        return {key: as_json(part) for key, part in value.items()}
    if isinstance(value, list):
        return [as_json(part) for part in value]
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value
