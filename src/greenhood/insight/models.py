"""Show me: what overviews read. One row per division, refreshed from the standings of the communities below it."""

from __future__ import annotations

from django.db import models

from greenhood.divisions.models import Division


class Rollup(models.Model):
    """Counts over all communities of one division, so that a nation's page reads 31 rows and not 130,000.

    Every count is of subjects: communities that are the object of the scheme in force where they lie. ``outside`` counts
    those that take part without being one. ``states``: state → count. What follows is of communities that have declared,
    by scheme: ``totals``: scheme → [sum of points, number]; ``parts``: scheme → part → [sum of points, number];
    ``missed``: scheme → criterion → number of communities that miss it.
    """

    division = models.OneToOneField(Division, models.CASCADE, primary_key=True, related_name="rollup")
    subjects = models.PositiveIntegerField(default=0)
    participating = models.PositiveIntegerField(default=0)
    reached = models.PositiveIntegerField(default=0)
    demonstration = models.PositiveIntegerField(default=0)
    outside = models.PositiveIntegerField(default=0)
    simulated = models.PositiveIntegerField(default=0)
    states = models.JSONField(default=dict)
    totals = models.JSONField(default=dict)
    parts = models.JSONField(default=dict)
    missed = models.JSONField(default=dict)
    refreshed_at = models.DateTimeField()


class Refresh(models.Model):
    """How far the rollups have followed the standings, and under which rules the subjects were counted."""

    key = models.CharField(primary_key=True, max_length=20)
    through = models.DateTimeField(null=True)
    rules = models.TextField(default="")
    finished_at = models.DateTimeField(null=True)
