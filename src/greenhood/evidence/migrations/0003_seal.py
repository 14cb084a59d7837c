import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import greenhood.kit.ids


class Migration(migrations.Migration):
    dependencies = [
        ("divisions", "0002_statistics"),
        ("evidence", "0002_attachment"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("id", models.UUIDField(default=greenhood.kit.ids.uuid7, primary_key=True, serialize=False)),
                ("subject_kind", models.CharField(max_length=40)),
                ("subject_id", models.UUIDField()),
                ("occasion", models.CharField(max_length=40, verbose_name="缘由")),
                ("sealed_at", models.DateTimeField(verbose_name="封存时间")),
                ("entries", models.JSONField(verbose_name="清单")),
                ("count", models.PositiveIntegerField(verbose_name="件数")),
                ("digest", models.CharField(max_length=100, verbose_name="校验值")),
                (
                    "community",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="divisions.division",
                    ),
                ),
                (
                    "sealed_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("community"), models.F("subject_kind"), models.F("subject_id"), name="seal_subject"
                    )
                ],
            },
        ),
    ]
