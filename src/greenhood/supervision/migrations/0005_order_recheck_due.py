from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("supervision", "0004_order_recheck")]

    operations = [
        migrations.RemoveConstraint(model_name="escalation", name="escalation_once"),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.UniqueConstraint("order", "duty", "due_on", "step", name="escalation_duty_once"),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                name="order_recheck_due",
                condition=Q(state="reported", recheck_on__isnull=False) | (~Q(state="reported") & Q(recheck_on=None)),
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index("recheck_on", name="order_recheck_overdue", condition=Q(recheck_on__isnull=False)),
        ),
    ]
