"""What is known of when and where earlier evidence was taken: what the photos themselves say."""

from django.db import migrations

FILL = """
update assessments_evidence set how = 'exif', captured_at = blob.taken_at, captured_latitude = blob.latitude,
    captured_longitude = blob.longitude
from evidence_blob blob
where blob.sha256 = assessments_evidence.blob_id and (blob.taken_at is not null or blob.latitude is not null)
"""


class Migration(migrations.Migration):
    dependencies = [("assessments", "0003_provenance")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
