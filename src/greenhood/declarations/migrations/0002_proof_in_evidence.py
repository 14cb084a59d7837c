"""The proof of an objection refers to the files where they now live; its column stays as it is."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("declarations", "0001_initial"),
        ("evidence", "0001_initial"),
    ]
    # The old model may go only when nothing refers to it.
    run_before = [("assessments", "0002_files_in_evidence")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="objection",
                    name="proof",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="evidence.blob",
                    ),
                ),
            ]
        )
    ]
