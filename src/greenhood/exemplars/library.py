"""Keep the library in step: what is published is found, what is withdrawn is not. Called by the actions only."""

from __future__ import annotations

from django.db import connection

from greenhood.exemplars import clauses, words
from greenhood.exemplars.models import Edition, LibraryEntry, Practice
from greenhood.exemplars.vocabulary import CommunityType, Topic, labels
from greenhood.kit.dates import today_in_shanghai

# Between the zones of the text: no text that people type has it.
SEPARATOR = "\x1f"
TOPIC, TYPE = "t:", "k:"


def zones_of(edition: Edition, known: clauses.Criteria) -> dict[str, str]:
    """What an edition is found by, zone by zone."""
    said = [
        clauses.words_of(edition.criteria, known),
        *labels(Topic, edition.topics),
        *labels(CommunityType, edition.types),
    ]
    figures = "；".join(f"{row['name']} {row['before']} {row['after']}" for row in edition.figures)
    body = f"{edition.problem}\n{edition.done}\n{edition.result}\n{edition.conditions}\n{figures}\n{edition.unit}"
    return {words.TITLE: edition.title, words.TAGS: "；".join(said), words.SUMMARY: edition.summary, words.BODY: body}


def tags_of(edition: Edition) -> list[str]:
    return [
        *edition.criteria,
        *(TOPIC + topic for topic in edition.topics),
        *(TYPE + one for one in edition.types),
    ]


def put(practice: Practice, edition: Edition) -> None:
    """Show this edition of a practice in the library of the level where it was published."""
    zones = zones_of(edition, clauses.criteria())
    LibraryEntry.objects.update_or_create(
        practice=practice,
        defaults={
            "edition": edition,
            "division": practice.division,
            "code": practice.division.code,
            "level": edition.published_in.level,
            "year": today_in_shanghai(edition.published_at).year,
            "published_at": edition.published_at,
            "adopted": practice.adoptions.count(),
            "tags": tags_of(edition),
            "terms": words.terms(zones),
            "text": words.plain(SEPARATOR.join(zones.values())),
        },
    )


def remove(practice: Practice) -> None:
    LibraryEntry.objects.filter(practice=practice).delete()


def recount(practice: Practice) -> None:
    """Count the communities that use a practice."""
    LibraryEntry.objects.filter(practice=practice).update(adopted=practice.adoptions.count())


def follow_divisions() -> int:
    """Give entries the present codes of their divisions; how many had others. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """update exemplars_libraryentry e set code = d.code from divisions_division d
               where d.id = e.division_id and d.code <> e.code"""
        )
        return int(cursor.rowcount)
