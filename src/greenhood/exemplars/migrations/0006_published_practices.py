from django.db import migrations, models


class Migration(migrations.Migration):
    """What a government published is listed page by page."""

    dependencies = [("exemplars", "0005_proposed_particulars")]

    operations = [
        migrations.AddIndex(
            model_name="practice",
            index=models.Index(
                "published_in", "edited_at", name="practice_published", condition=models.Q(state="published")
            ),
        )
    ]
