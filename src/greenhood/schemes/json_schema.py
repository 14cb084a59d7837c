"""The published JSON Schema of the format, for editors that complete and check as one types."""

from __future__ import annotations

from typing import Any

from greenhood.schemes.format import Scheme

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REFERENCE = {
    "type": "object",
    "description": "开放设置：发布时换成选定的值或默认值",
    "properties": {"setting": {"type": "string", "description": "settings 里的 key"}},
    "required": ["setting"],
    "additionalProperties": False,
}
WITHOUT_SETTINGS = {"Setting"}
"""What explains a setting cannot itself be one."""


def json_schema() -> dict[str, Any]:
    """What a scheme file may say, with ``{setting: name}`` wherever a value stands, and without sections it may inherit
    being required."""
    schema = Scheme.model_json_schema()
    for name, model in schema["$defs"].items():
        if name not in WITHOUT_SETTINGS:
            _allow_settings(model)
    schema["$defs"]["SettingReference"] = REFERENCE
    inherited = {"subjects", "standards", "procedure"}
    schema["required"] = [name for name in schema["required"] if name not in inherited]
    # A file without a higher scheme has to write them itself.
    schema["anyOf"] = [{"required": ["implements"]}, {"required": sorted(inherited)}]
    return {"$schema": DIALECT, **schema, "title": "绿色社区创建实施方案"}


def _allow_settings(model: dict[str, Any]) -> None:
    for name, field in model.get("properties", {}).items():
        if name not in ("key", "source"):
            model["properties"][name] = _or_setting(field)


def _or_setting(field: dict[str, Any]) -> dict[str, Any]:
    aside: dict[str, Any] = {name: field[name] for name in ("default", "description", "title") if name in field}
    rest = {name: value for name, value in field.items() if name not in aside}
    choices = rest["anyOf"] if rest.keys() == {"anyOf"} else [rest]
    return {**aside, "anyOf": [*choices, {"$ref": "#/$defs/SettingReference"}]}
