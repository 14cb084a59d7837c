from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """What is public of a designated base changes only when who named it agrees."""

    dependencies = [("exemplars", "0004_withdrawn_editions")]

    operations = [
        migrations.AddField(
            model_name="base", name="proposed", field=models.JSONField(null=True, verbose_name="待核准的修改")
        ),
        migrations.RemoveConstraint(model_name="base", name="edubase_waits"),
        migrations.AddConstraint(
            model_name="base",
            constraint=models.CheckConstraint(
                name="edubase_waits",
                condition=Q(state="applied", waits_at__isnull=False, proposed__isnull=True)
                | Q(state="designated", waits_at__isnull=False, proposed__isnull=False)
                | Q(state__in=["returned", "designated", "removed"], waits_at=None, proposed__isnull=True),
            ),
        ),
    ]
