"""A county with departments on the platform: who they are, and tasks, whistles and meetings made through actions."""

from __future__ import annotations

import datetime as dt

from greenhood.accounts import actions as accounts
from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Role, User
from greenhood.coordination.actions import assigning, convening, whistling
from greenhood.coordination.models import Assignment, Meeting, Whistle
from greenhood.divisions.models import Division
from greenhood.kit.dates import today_in_shanghai
from tests.cast import APPOINTED, Cast
from tests.declarations import stage as schemes


def officer(division: Division, department: str, *, role: Role = Role.DEPARTMENT_OFFICER, name: str = "") -> Actor:
    """A person in a post of a department."""
    username = f"{department}-{division.pk}-{role}"[:60]
    created = accounts.create_user(
        by=Actor.system(), username=username, name=name or f"{department}经办", employer=department
    )
    User.objects.filter(pk=created.user.pk).update(must_change_password=False)
    created.user.must_change_password = False
    post = accounts.grant_post(
        created.user, by=Actor.system(), role=role, division=division, department=department, valid_from=APPOINTED
    )
    return Actor(created.user, post, address="10.0.0.7")


def day(days: int) -> dt.date:
    return today_in_shanghai() + dt.timedelta(days=days)


def at(days: int, hour: int = 12) -> dt.datetime:
    """A time some days from today, in Asia/Shanghai."""
    return dt.datetime.combine(day(days), dt.time(hour), schemes.NOON)


def task(
    cast: Cast, *departments: str, title: str = "规整架空线", due: int = 10, given: int = 0, **more: object
) -> Assignment:
    """Given by the county to a department of its own; the first of the rows."""
    to = [assigning.To(cast.county, name) for name in departments or ("城市管理局",)]
    asked = assigning.Task(title=title, due_on=day(due), **more)  # type: ignore[arg-type]
    return assigning.assign(asked, to, assigner=cast.county, by=cast.county_officer, at=at(given) if given else None)[0]


def whistle(cast: Cast, *departments: str, urgency: str = "usual", days: int = 0, **more: object) -> Whistle:
    """Blown by the street to departments of the county."""
    to = [whistling.To(cast.county, name) for name in departments or ("城市管理局",)]
    blast = whistling.Blast(title="垃圾外溢", place="三号院南门", urgency=urgency, community=cast.community, **more)  # type: ignore[arg-type]
    when = at(days) if days else None
    return whistling.blow(blast, to, division=cast.street_division, by=cast.street_officer, at=when)


def meeting(cast: Cast, *departments: str, on: int = 0) -> Meeting:
    to = [assigning.To(cast.county, name) for name in departments or ("城市管理局",)]
    notice = convening.Notice(
        "武侯区联席会议", day(on), "三楼会议室", "张敏", "14:30", [("试点进展", "张敏"), ("老旧小区", "")]
    )
    return convening.convene(notice, to, division=cast.county, by=cast.county_officer)
