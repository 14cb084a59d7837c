from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from greenhood.accounts.departments import LONGEST, line


def fill(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Give the orders to departments their line of work, by which a post is recognised from now on."""
    orders = apps.get_model("supervision", "Order").objects.exclude(department="").select_related("recipient")
    for order in orders.iterator():
        order.line = line(order.department, order.recipient.name) or order.department[:LONGEST]
        order.save(update_fields=["line"])


class Migration(migrations.Migration):
    dependencies = [("supervision", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="order", name="line", field=models.CharField(default="", max_length=60), preserve_default=True
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
