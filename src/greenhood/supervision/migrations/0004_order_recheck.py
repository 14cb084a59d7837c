from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from greenhood.kit.dates import today_in_shanghai
from greenhood.supervision import terms


def give_a_day(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Reports that wait for their re-check get a day, as those that come from now on."""
    for row in apps.get_model("supervision", "Order").objects.filter(state="reported").iterator():
        reported_at = row.rounds.get(number=row.round).reported_at
        row.recheck_on = terms.recheck_by(today_in_shanghai(reported_at))
        row.watcher, row.escalated_on = None, None
        row.save(update_fields=["recheck_on", "watcher", "escalated_on"])


class Migration(migrations.Migration):
    dependencies = [("supervision", "0003_order_department_has_line")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="recheck_on",
            field=models.DateField(null=True, verbose_name="复查期限"),
        ),
        migrations.AddField(
            model_name="order",
            name="steps_before",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="escalation",
            name="duty",
            field=models.CharField(
                choices=[("report", "整改"), ("recheck", "复查")], default="report", max_length=7, verbose_name="事项"
            ),
        ),
        migrations.RunPython(give_a_day, migrations.RunPython.noop, elidable=True),
    ]
