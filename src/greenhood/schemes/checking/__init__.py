"""Whether a well-formed scheme makes sense: sums, references, order, dates, and what it does to the higher scheme.

Every finding names the file, the line and what to write instead. Errors keep a scheme from being published; notices are
what its editor should know: what it drops or loosens of the scheme that it carries out, and what the product does not act
on yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from greenhood.schemes.checking import head, higher, not_yet, plan, procedure, standards, titles
from greenhood.schemes.checking.findings import Findings
from greenhood.schemes.format import Scheme
from greenhood.schemes.loading import Loaded, load
from greenhood.schemes.problems import Problem, Refused


def check(path: Path | str, chosen: dict[str, Any] | None = None) -> list[Problem]:
    """Everything that can be said about one scheme file; empty when there is nothing."""
    try:
        return check_loaded(load(path, chosen))
    except Refused as refused:
        return refused.problems


def check_loaded(loaded: Loaded) -> list[Problem]:
    """Everything that can be said about a loaded scheme, errors and notices, in the order of the file."""
    found = [loaded.problem(*finding) for checks in CHECKS for finding in checks(loaded.scheme)]
    found += [loaded.problem(*finding) for checks in LOADED_CHECKS for finding in checks(loaded)]
    return sorted(dict.fromkeys(found), key=lambda problem: (str(problem.path), problem.line, problem.severity))


def errors(problems: Iterable[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]


CHECKS: tuple[Callable[[Scheme], Findings], ...] = (
    head.jurisdiction,
    head.subjects,
    head.unique,
    head.settings,
    head.sources,
    head.clauses,
    head.replaces,
    plan.goals,
    plan.phases,
    plan.calendar,
    plan.local_plan,
    standards.standards,
    standards.objects,
    standards.efforts,
    standards.composite,
    titles.titles,
    procedure.procedure,
    procedure.upkeep,
    procedure.forms,
    not_yet.not_acted_on,
)

LOADED_CHECKS: tuple[Callable[[Loaded], Findings], ...] = (head.unused_settings, higher.against_higher)

__all__ = ["check", "check_loaded", "errors"]
