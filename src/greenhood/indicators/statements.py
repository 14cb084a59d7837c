"""Makes SQL of catalogue entries: each table is read once, however many indicators rest on it.

A community's figures come from one row: its aggregates over each kind, joined. The same text serves one community and a
nation, so that a figure is the same whoever asks and with what else it is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from greenhood.facts.kinds import kind
from greenhood.indicators.catalogue.entries import Indicator, Records
from greenhood.schemes.arithmetic import VALUE

NAME = re.compile(r"\{([a-z0-9_]+)\}")
TABLE = re.compile(r"\{([a-z0-9-]+)\}")

TRUE_OF_DAY = "dated <= %(as_of)s and (until is null or until > %(as_of)s)"

FEW = "community_id = any(%(communities)s)"
"""Restricts facts to some communities by id."""

WITHIN = (
    "community_id in (select id from divisions_division where code >= %(low)s and code < %(high)s and valid_to is null)"
)
"""Restricts facts to the communities of one division."""

EVERYWHERE = "true"


@dataclass
class Source:
    """One table, or one SELECT, grouped by community; every aggregate is counted once."""

    alias: str
    rows: str
    aggregates: dict[str, str] = field(default_factory=dict)

    def column(self, aggregate: str) -> str:
        name = self.aggregates.setdefault(aggregate, f"a{len(self.aggregates)}")
        return f"{self.alias}.{name}"

    @property
    def select(self) -> str:
        counted = "".join(f",\n    {sql} as {name}" for sql, name in self.aggregates.items())
        return f"select community_id{counted}\n  from {self.rows}\n  group by community_id"


@dataclass(frozen=True)
class Columns:
    """The SQL of what is known of one indicator in one community.

    ``value`` is in units of 1/100000000, cut; ``reason`` is null where the figure is known.
    """

    indicator: Indicator
    value: str
    part: str
    whole: str
    dated: str
    reason: str
    extra: str
    simulated: str

    @property
    def all(self) -> tuple[str, ...]:
        return self.value, self.part, self.whole, self.dated, self.reason, self.extra, self.simulated


class Statement:
    """The sources and columns of several indicators. ``restrict`` is FEW, WITHIN or EVERYWHERE."""

    def __init__(self, wanted: Iterable[Indicator], restrict: str) -> None:
        self.restrict = restrict
        self.sources: dict[str, Source] = {}
        self.nothing = Source("z", self._nothing_there())
        self.columns = [self._columns(one) for one in wanted if one.compute is None]

    @property
    def simulated(self) -> str:
        """Whether anything at all was made up."""
        return " or ".join(dict.fromkeys(columns.simulated for columns in self.columns)) or "false"

    @property
    def joined(self) -> list[Source]:
        return [*self.sources.values(), *([self.nothing] if self.nothing.aggregates else [])]

    def text(self, scope: str, expressions: Sequence[str]) -> str:
        """One SELECT over the communities of ``scope``, a SELECT of ``community_id``."""
        joins = "\n".join(
            f"left join (\n  {source.select}\n) {source.alias} on {source.alias}.community_id = s.community_id"
            for source in self.joined
        )
        return f"select {', '.join(['s.community_id', *expressions])}\nfrom ({scope}) s\n{joins}"

    def _columns(self, one: Indicator) -> Columns:
        names: dict[str, str] = {}
        reasons: list[str] = []
        dates: list[str] = []
        made_up: list[str] = []
        for records in one.records:
            source, where = self._source(records), records.where
            # Every record has a date: where there is no oldest one, there is none at all.
            oldest = source.column(_counted("min(dated)", where))
            missing = f"{oldest} is null and not {self._has_nothing(records)}"
            reasons.append("false" if records.is_optional else missing)
            if records.filled:
                blank = " or ".join(f"{column} is null" for column in records.filled)
                reasons.append(f"{source.column(_counted('count(*)', _both(where, blank)))} > 0")
            dates.append(oldest if records.is_optional else f"coalesce({oldest}, {self._said_on(records)})")
            made_up.append(f"coalesce({source.column('bool_or(is_simulated)')}, false)")
            for name, tally in records.counts.items():
                column = source.column(_counted(tally.sql, _both(where, tally.where)))
                names[name] = f"coalesce({column}, 0)::numeric"
        part, whole, value, extra = (
            NAME.sub(lambda match: names[match[1]], text) for text in (one.part, one.whole, one.value, one.extra)
        )
        if whole:
            reasons.append(f"{whole} = 0")
        units = f"{VALUE} * ({value})" if value else _share(part, whole, 100 * VALUE if one.is_share else VALUE)
        if one.most is not None:
            units = f"least({units}, {one.most * VALUE})"
        return Columns(
            indicator=one,
            value=f"({units})::bigint",
            part=part or "null::numeric",
            whole=whole or "null::numeric",
            dated=dates[0] if len(dates) == 1 else f"least({', '.join(dates)})",
            reason=f"case {' '.join(f'when {sql} then {number}' for number, sql in enumerate(reasons, 1))} end",
            extra=f"({extra})::numeric" if extra else "null::numeric",
            simulated=" or ".join(dict.fromkeys(made_up)),
        )

    def _source(self, records: Records) -> Source:
        rows = (
            f"({TABLE.sub(lambda match: self._versions(match[1]), records.rows)}) r"
            if records.rows
            else f"{kind(records.kind).table} where {TRUE_OF_DAY} and {self.restrict}"
        )
        return self.sources.setdefault(rows, Source(f"t{len(self.sources)}", rows))

    def _versions(self, key: str) -> str:
        return f"(select * from {kind(key).table} where {TRUE_OF_DAY} and {self.restrict})"

    def _nothing_there(self) -> str:
        return (
            "baseline_nothingthere where dated <= %(as_of)s and"
            " (ended_at is null or (ended_at at time zone 'Asia/Shanghai')::date > %(as_of)s)"
            f" and {self.restrict}"
        )

    def _has_nothing(self, records: Records) -> str:
        """Whether the community has confirmed that there is nothing of the kind."""
        said = self.nothing.column(f"bool_or(kind = '{records.kind}')")
        return f"coalesce({said}, false)"

    def _said_on(self, records: Records) -> str:
        return self.nothing.column(f"min(dated) filter (where kind = '{records.kind}')")


def _share(part: str, whole: str, units: int) -> str:
    """Multiplies before it divides, and cuts what is left: never rounded up over a threshold."""
    return f"div({units} * ({part}), nullif({whole}, 0))"


def _both(one: str, other: str) -> str:
    return f"({one}) and ({other})" if one and other else one or other


def _counted(aggregate: str, where: str) -> str:
    return f"{aggregate} filter (where {where})" if where else aggregate
