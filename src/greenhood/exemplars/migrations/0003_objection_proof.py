import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A file that shows what an objection says."""

    dependencies = [("evidence", "0005_thirds_of_looks"), ("exemplars", "0002_narrow_library")]

    operations = [
        migrations.AddField(
            model_name="objection",
            name="proof",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="evidence.blob"
            ),
        ),
        migrations.AddField(
            model_name="objection", name="proof_name", field=models.CharField(default="", max_length=200)
        ),
    ]
