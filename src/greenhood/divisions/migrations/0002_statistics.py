"""What the planner can't know: how the parts of a code are distributed. Without it, it takes the 118,000 urban communities for one row
and joins them row by row. ANALYZE fills it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("divisions", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "create statistics division_village_code on (code % 1000) from divisions_division;"
            "create statistics division_street_code on (code / 1000 % 1000) from divisions_division;",
            "drop statistics division_village_code; drop statistics division_street_code",
        ),
    ]
