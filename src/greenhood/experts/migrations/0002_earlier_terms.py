import django.db.models.deletion
from django.db import migrations, models

import greenhood.kit.ids


class Migration(migrations.Migration):
    """Keep the terms that were over before a late renewal."""

    dependencies = [("experts", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="EarlierTerm",
            fields=[
                ("id", models.UUIDField(default=greenhood.kit.ids.uuid7, primary_key=True, serialize=False)),
                ("valid_from", models.DateField(verbose_name="有效期自")),
                ("valid_to", models.DateField(verbose_name="有效期至")),
                (
                    "entry",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="earlier_terms",
                        to="experts.entry",
                    ),
                ),
            ],
            options={"ordering": ["valid_from"]},
        ),
        migrations.AddConstraint(
            model_name="earlierterm",
            constraint=models.UniqueConstraint(models.F("entry"), models.F("valid_from"), name="expert_term_once"),
        ),
        migrations.AddConstraint(
            model_name="earlierterm",
            constraint=models.CheckConstraint(
                condition=models.Q(valid_to__gte=models.F("valid_from")), name="expert_term_dates"
            ),
        ),
    ]
