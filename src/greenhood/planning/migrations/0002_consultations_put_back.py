"""Consultations of a work plan are taken out and can be put back; a recorded meeting is taken up once."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("planning", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="consultation",
            name="removed_at",
            field=models.DateTimeField(null=True, verbose_name="删去时间"),
        ),
        migrations.AddField(
            model_name="consultation",
            name="removed_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="consultation",
            constraint=models.UniqueConstraint(
                models.F("plan"),
                models.F("fact"),
                condition=models.Q(("fact__isnull", False), ("removed_at", None)),
                name="consultation_fact_once",
            ),
        ),
    ]
