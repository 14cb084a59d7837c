"""What every step on a report begins and ends with: the row held, whose step it is, whether it is still to be taken, and history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division
from greenhood.history import actions as history
from greenhood.reporting.errors import Overtaken, Refused
from greenhood.reporting.events import Event
from greenhood.reporting.models import OWED, Obligation, State
from greenhood.reporting.sheets import entry_of

LONGEST_REASON = 500


def act_for(by: Actor, division: Division) -> None:
    """Who reports or receives is the division itself: a higher post sees its reports and doesn't write them."""
    check(by, Capability.REPORT, division)
    if by.post is not None and by.post.division_id != division.pk:
        raise NotAllowed(f"这一步由{division.name}自己办理。")


def held_of(pk: UUID) -> Obligation:
    return (
        Obligation.objects.select_for_update(of=("self",))
        .select_related("reporter", "receiver", "version__jurisdiction")
        .get(pk=pk)
    )


def require_owed(held: Obligation) -> None:
    if held.is_round:
        raise Refused(f"{held.get_kind_display()}不用报送，开展后登记即可。")
    if held.state not in OWED:
        source = entry_of(held).source
        raise Refused(
            f"“{held.heading}”只报一次（方案 {source}），现在{held.state_label}，不能再改、再报。需要修改的，请上级退回相应部分。"
        )


def require_filed(held: Obligation, revision: int) -> None:
    if held.state != State.FILED:
        raise Refused(f"这份报告{held.get_state_display()}，现在没有要办的事。请刷新页面。")
    if held.revision != revision:
        raise Overtaken


def tell(event: Event, held: Obligation, by: Actor, details: Mapping[str, object], at: dt.datetime | None) -> None:
    history.record(event, held, by=by, division_code=held.reporter.code, details=details, at=at)
