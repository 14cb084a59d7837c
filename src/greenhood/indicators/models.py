"""What was measured last, for lists, maps and calculations over many communities. A page of one community measures anew."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from greenhood.divisions.models import Division


class Catalogue(models.Model):
    """In which order figures are stored: the keys of the catalogue as it was. ``id`` is a digest of them."""

    id = models.CharField(primary_key=True, max_length=32)
    keys = ArrayField(models.TextField())


class Measured(models.Model):
    """All figures of one community on a day, in the order of ``catalogue``.

    ``figures`` are in units of 1/100000000 as the scoring engine reads them, null where unknown; ``reasons`` says why:
    0 where known, -1 where too old, otherwise the place in the indicator's list of reasons. ``is_simulated``: some of the facts behind them were made up.
    """

    community = models.OneToOneField(Division, models.CASCADE, primary_key=True, related_name="measured")
    catalogue = models.ForeignKey(Catalogue, models.PROTECT, related_name="+", db_index=False)
    as_of = models.DateField()
    measured_at = models.DateTimeField()
    figures = ArrayField(models.BigIntegerField(null=True))
    reasons = ArrayField(models.SmallIntegerField())
    is_simulated = models.BooleanField(default=False)


class Changed(models.Model):
    """A community whose facts have changed since it was measured."""

    community = models.OneToOneField(Division, models.CASCADE, primary_key=True, related_name="+")
    since = models.DateTimeField()
