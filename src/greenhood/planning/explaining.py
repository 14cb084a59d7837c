"""Reasons for what a plan loosens, each bound to the values that it was given for: a changed value asks anew.

Kept in a plan's content as ``{key: {"text": the reason, "values": [[higher, lower], …], "plan": "" or the earlier plan's title}}``.
Plain values, no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from greenhood.schemes.against import Comparison, Outcome, loosened

LEAST_REASON, LONGEST_REASON = 4, 500

Values = dict[str, list[list[str]]]
"""What is loosened under each key: the higher value beside the plan's own."""


def values_of(comparisons: Iterable[Comparison]) -> Values:
    found: Values = {}
    for one in loosened(list(comparisons)):
        found.setdefault(one.key, []).append([one.higher, one.lower])
    return found


def texts(content: Mapping[str, Any]) -> dict[str, str]:
    """Every reason by its key, whether or not it still holds."""
    return {key: one["text"] for key, one in _kept(content).items()}


def spent(content: Mapping[str, Any], values: Values) -> set[str]:
    """The keys of reasons that don't hold: given for other values than those now loosened, or in an earlier plan."""
    return {key for key, one in _kept(content).items() if not _holds(one, values.get(key, []))}


def holding(content: Mapping[str, Any], values: Values) -> dict[str, str]:
    """The reasons that hold, by their key."""
    return {key: one["text"] for key, one in _kept(content).items() if _holds(one, values.get(key, []))}


def _holds(one: Mapping[str, Any], values: list[list[str]]) -> bool:
    return one["values"] == values and not one["plan"]


def told(content: Mapping[str, Any], key: str) -> str:
    """A reason that no longer holds, as it is shown beside the empty field."""
    one = _kept(content).get(key)
    if one is None:
        return ""
    if one["plan"]:
        return f"《{one['plan']}》写的理由：{one['text']}"
    lower = "；".join(own for _, own in one["values"])
    return f"上次为“{lower}”写的理由：{one['text']}" if lower else f"上次写的理由：{one['text']}"


def without(content: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """The content without the reasons under some keys."""
    gone = set(keys)
    return {**content, "reasons": {key: one for key, one in _kept(content).items() if key not in gone}}


def bound(content: Mapping[str, Any], given: Mapping[str, str], values: Values) -> dict[str, Any]:
    """The reasons with those typed beside what is now loosened, each bound to it.

    The field of a reason that no longer holds is shown empty: left so, the old one stays to be read.
    """
    found = _kept(content)
    for key, text in given.items():
        if text:
            found[key] = {"text": text, "values": values.get(key, []), "plan": ""}
        elif key in found and _holds(found[key], values.get(key, [])):
            found.pop(key)
    return found


def bound_anew(
    content: Mapping[str, Any], given: Mapping[str, str], *, before: Values, after: Values
) -> dict[str, Any]:
    """The same for a form that changes the values too, from ``before`` to ``after``.

    A reason whose words stand as they stood keeps the values that it was given for: the form saves itself, and where a value
    changes nobody has thought of the reason again.
    """
    kept = _kept(content)
    thought_of = {
        key: text
        for key, text in given.items()
        if text and not (key in kept and kept[key]["text"] == text and kept[key]["values"])
    }
    emptied = {key: "" for key, text in given.items() if not text}
    return bound({"reasons": bound(content, emptied, before)}, thought_of, after)


def of_earlier(content: Mapping[str, Any], title: str) -> dict[str, Any]:
    """The reasons of an earlier plan, to be read and not to hold."""
    return {key: {"text": one["text"], "values": [], "plan": title} for key, one in _kept(content).items()}


def eased(between: Iterable[Comparison]) -> set[str]:
    """The keys under which a newer version of a scheme asks no more than the one before, outside the lines of its standard.

    Lines of a standard are matched by number between a scheme and the one above it, not between versions of the same.
    """
    found: dict[str, set[Outcome]] = {}
    for one in between:
        found.setdefault(one.key, set()).add(one.outcome)
    return {key for key, outcomes in found.items() if outcomes == {Outcome.LOOSENED} and not key.startswith("#")}


def unexplained(
    found: Iterable[Comparison], filed: Iterable[Mapping[str, str]], eased: Iterable[str]
) -> list[Comparison]:
    """Of what a filed plan loosens of a newer higher version, that which no filed reason was given for.

    A reason holds for the value of the plan that it was given for; a higher value may have changed meanwhile only where the newer
    version eased it (``eased``: keys).
    """
    kinder = set(eased)
    explained = [one for one in filed if one["outcome"] == "loosened" and one["reason"]]
    holds = {(one["key"], one["higher"], one["lower"]) for one in explained}
    holds_eased = {(one["key"], one["lower"]) for one in explained if one["key"] in kinder}
    return [
        one
        for one in loosened(list(found))
        if (one.key, one.higher, one.lower) not in holds and (one.key, one.lower) not in holds_eased
    ]


def _kept(content: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    given: Mapping[str, Any] = content.get("reasons", {})
    # What was kept before values were kept with it is a reason to read.
    return {
        key: one if isinstance(one, dict) else {"text": one, "values": [], "plan": ""}
        for key, one in given.items()
        if one
    }
