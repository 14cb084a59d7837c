from django.db import migrations, models

# Editions published before their practice was withdrawn were withdrawn with it, as history says; those of a practice that stands
# in no library too, at the latest when it was last written. What the library shows now is left alone.
_MARK = """
update exemplars_edition e
set withdrawn_at = coalesce(
    (
        select min(h.at) from history_entry h
        where h.subject_kind = 'exemplars.practice' and h.subject_id = e.practice_id::text
            and h.event = 'practice.withdrawn' and h.at >= e.published_at
    ),
    greatest(p.edited_at, e.published_at)
)
from exemplars_practice p
where p.id = e.practice_id
    and not exists (select from exemplars_libraryentry l where l.edition_id = e.id)
    and (
        not exists (select from exemplars_libraryentry l where l.practice_id = e.practice_id)
        or exists (
            select from history_entry h
            where h.subject_kind = 'exemplars.practice' and h.subject_id = e.practice_id::text
                and h.event = 'practice.withdrawn' and h.at >= e.published_at
        )
    )
"""


class Migration(migrations.Migration):
    """Editions that were withdrawn stay so when the practice is published again."""

    dependencies = [("exemplars", "0003_objection_proof"), ("history", "0002_append_only")]

    operations = [
        migrations.AddField(
            model_name="edition",
            name="withdrawn_at",
            field=models.DateTimeField(null=True, verbose_name="撤下时间"),
        ),
        migrations.RunSQL(_MARK, migrations.RunSQL.noop),
    ]
