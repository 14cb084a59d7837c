"""A county with four subjects under the schemes of Sichuan and the nation, counted."""

from __future__ import annotations

import pytest

from greenhood.insight.actions import refresh
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast
from tests.declarations import stage


@pytest.fixture
def sichuan(cast: Cast) -> SchemeVersion:
    stage.publish("national-2020")
    version = stage.publish("sichuan-2020")
    refresh(full=True)
    return version
