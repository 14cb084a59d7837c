from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from greenhood.assessments import actions
from greenhood.assessments.models import Assessment
from greenhood.assessments.queries.assessments import assessment_with_place
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes import actions as schemes
from greenhood.schemes import loading
from greenhood.schemes.loading import Loaded
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast

FOLDER = Path(__file__).resolve().parents[2] / "schemes"


@cache
def loaded(name: str) -> Loaded:
    return loading.load(FOLDER / f"{name}.yaml")


@pytest.fixture
def sichuan(cast: Cast) -> SchemeVersion:
    schemes.publish(loaded("national-2020"), chosen={}, by=None)
    return schemes.publish(loaded("sichuan-2020"), chosen={}, by=None)


@pytest.fixture
def assessment(cast: Cast, sichuan: SchemeVersion) -> Assessment:
    started = actions.start(cast.community, year=today_in_shanghai().year, by=cast.worker)
    return assessment_with_place(started.pk)


@pytest.fixture(autouse=True)
def own_media(tmp_path: Path, settings: Any) -> Path:
    """Files of one test are not those of another."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT
