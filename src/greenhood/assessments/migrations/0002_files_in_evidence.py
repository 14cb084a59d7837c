"""Stored files live in the room of evidence; the column that refers to them stays as it is."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0001_initial"),
        ("evidence", "0001_initial"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="evidence",
                    name="blob",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="uses", to="evidence.blob"
                    ),
                ),
                migrations.DeleteModel(name="Likeness"),
                migrations.DeleteModel(name="Blob"),
            ]
        )
    ]
