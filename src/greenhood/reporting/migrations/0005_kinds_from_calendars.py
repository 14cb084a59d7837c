"""What was planned before kinds were kept takes the kind that its scheme gives; all of it was a document that goes up."""

from django.db import migrations

FILL = """
    update reporting_obligation o set kind = asked ->> 'kind'
    from schemes_schemeversion v, jsonb_array_elements(v.document -> 'calendar') as asked
    where v.id = o.version_id and asked ->> 'key' = o.entry and asked ->> 'kind' in ('plan', 'evaluation')"""


class Migration(migrations.Migration):
    dependencies = [("reporting", "0004_duties_evaluations_and_bulletins")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
