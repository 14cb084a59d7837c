from django.db import migrations, models
from django.db.models import F


class Migration(migrations.Migration):
    dependencies = [
        ("communities", "0001_initial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="facility",
            index=models.Index(F("latitude"), F("longitude"), name="facility_place"),
        ),
        migrations.AddIndex(
            model_name="walkingpath",
            index=models.Index(F("latitude"), F("longitude"), name="walkingpath_place"),
        ),
    ]
