from django.db import migrations


class Migration(migrations.Migration):
    """Keep what is searched outside the rows, so that a word of many entries is found among narrow rows."""

    dependencies = [("exemplars", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "alter table exemplars_libraryentry set (toast_tuple_target = 128)",
            "alter table exemplars_libraryentry reset (toast_tuple_target)",
        )
    ]
