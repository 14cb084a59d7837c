from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("supervision", "0002_order_line")]

    operations = [
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                name="order_department_has_line",
                condition=Q(department="", line="") | (~Q(department="") & ~Q(line="")),
            ),
        ),
    ]
