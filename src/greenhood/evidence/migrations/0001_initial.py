"""Stored files move here from the assessments: their tables are renamed, and nothing in them is touched."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import greenhood.kit.ids

# Indexes and constraints that were named after the table follow its name.
RENAME = """
alter table {old}_blob rename to {new}_blob;
alter table {old}_likeness rename to {new}_likeness;
do $$
declare found record;
begin
    for found in
        select conrelid::regclass as of, conname as name from pg_constraint
        where conrelid in ('{new}_blob'::regclass, '{new}_likeness'::regclass) and starts_with(conname, '{old}_')
    loop
        execute format('alter table %s rename constraint %I to %I',
            found.of, found.name, '{new}_' || substr(found.name, length('{old}_') + 1));
    end loop;
    for found in
        select relname as name from pg_index join pg_class on pg_class.oid = indexrelid
        where indrelid in ('{new}_blob'::regclass, '{new}_likeness'::regclass) and starts_with(relname, '{old}_')
    loop
        execute format('alter index %I rename to %I',
            found.name, '{new}_' || substr(found.name, length('{old}_') + 1));
    end loop;
end $$
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [("assessments", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    RENAME.format(old="assessments", new="evidence"), RENAME.format(old="evidence", new="assessments")
                )
            ],
            state_operations=[
                migrations.CreateModel(
                    name="Blob",
                    fields=[
                        ("sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
                        ("size", models.BigIntegerField()),
                        ("media_type", models.CharField(max_length=100)),
                        ("width", models.PositiveIntegerField(null=True)),
                        ("height", models.PositiveIntegerField(null=True)),
                        ("taken_at", models.DateTimeField(null=True, verbose_name="拍摄时间")),
                        ("latitude", models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                        ("longitude", models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                        ("perceptual_hash", models.BigIntegerField(null=True)),
                        (
                            "hash_bands",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.IntegerField(), default=list, size=None
                            ),
                        ),
                        ("processed_at", models.DateTimeField(null=True)),
                        ("stored_at", models.DateTimeField()),
                    ],
                    options={
                        "indexes": [
                            django.contrib.postgres.indexes.GinIndex(
                                models.F("hash_bands"), fastupdate=False, name="blob_hash_bands"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Likeness",
                    fields=[
                        ("id", models.UUIDField(default=greenhood.kit.ids.uuid7, primary_key=True, serialize=False)),
                        ("distance", models.PositiveSmallIntegerField(verbose_name="不同的位数")),
                        (
                            "blob",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="likenesses",
                                to="evidence.blob",
                            ),
                        ),
                        (
                            "other",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="evidence.blob",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(models.F("other"), name="likeness_other")],
                        "constraints": [
                            models.UniqueConstraint(models.F("blob"), models.F("other"), name="likeness_once"),
                            models.CheckConstraint(
                                condition=models.Q(("blob", models.F("other")), _negated=True), name="likeness_differs"
                            ),
                        ],
                    },
                ),
            ],
        )
    ]
