"""Show me: what overviews read. One row per division, refreshed from the standings of the communities below it."""

from __future__ import annotations

from django.db import models

from greenhood.divisions.models import Division


class Rollup(models.Model):
    """Counts over all communities of one division, so that a nation's page reads 31 rows and not 130,000.

    ``states``: state → count. ``parts``: scheme → part → [sum of points, number scored]. ``missed``: scheme → criterion →
    number of communities that miss it. ``totals``: scheme → [sum, number].
    """

    division = models.OneToOneField(Division, models.CASCADE, primary_key=True, related_name="rollup")
    subjects = models.PositiveIntegerField(default=0)
    participating = models.PositiveIntegerField(default=0)
    reached = models.PositiveIntegerField(default=0)
    demonstration = models.PositiveIntegerField(default=0)
    states = models.JSONField(default=dict)
    totals = models.JSONField(default=dict)
    parts = models.JSONField(default=dict)
    missed = models.JSONField(default=dict)
    simulated = models.PositiveIntegerField(default=0)
    refreshed_at = models.DateTimeField()


class Refresh(models.Model):
    """How far the rollups have followed the standings."""

    key = models.CharField(primary_key=True, max_length=20)
    through = models.DateTimeField(null=True)
