"""Which feature carries out a clause, and whether it is there."""

from __future__ import annotations

import pytest
from django.urls import get_resolver

from greenhood.schemes.coverage import FEATURES, Coverage, State, coverage, summary
from greenhood.schemes.format import Clause, Scheme


def names() -> set[str]:
    """Every name of the address book, with its room."""
    resolver = get_resolver()
    return {
        f"{room}:{name}"
        for room, (_, inner) in resolver.namespace_dict.items()
        for name in inner.reverse_dict
        if isinstance(name, str)
    }


def test_feature_that_is_built_leads_somewhere() -> None:
    told = {feature.url_name for feature in FEATURES.values() if feature.url_name}

    assert told - names() == set()


BUILT = next(key for key, feature in FEATURES.items() if feature.url_name and not feature.lack)
PLANNED = next(key for key, feature in FEATURES.items() if not feature.url_name)
BEGUN = next(key for key, feature in FEATURES.items() if feature.lack)


@pytest.mark.parametrize(
    ("works_in", "state"),
    [
        ([BUILT], State.WORKS),
        ([BUILT, PLANNED], State.PARTLY),
        ([PLANNED], State.NOT_BUILT),
        ([BEGUN], State.PARTLY),
        ([BUILT, BEGUN], State.PARTLY),
        ([PLANNED, BEGUN], State.PARTLY),
        ([], State.NO_ACTION),
    ],
)
def test_clause_works_as_far_as_its_features_are_built(works_in: list[str], state: State) -> None:
    scheme = Scheme.model_construct(clauses=[Clause(ref="一", text="原文", works_in=works_in)])

    (covered,) = coverage(scheme)

    assert (covered.state, [feature.key for feature in covered.features]) == (state, works_in)


def test_feature_that_is_only_begun_can_be_seen() -> None:
    assert [feature.key for feature in FEATURES.values() if feature.lack and not feature.url_name] == []


def test_states_are_counted() -> None:
    clauses = [Coverage(Clause(ref="一", text="原文"), ()), Coverage(Clause(ref="二", text="原文"), (FEATURES[BUILT],))]

    assert summary(clauses) == {State.WORKS: 1, State.PARTLY: 0, State.NOT_BUILT: 0, State.NO_ACTION: 1}
