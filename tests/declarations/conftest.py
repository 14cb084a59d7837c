from __future__ import annotations

import pytest

from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast
from tests.declarations import stage


@pytest.fixture
def sichuan(cast: Cast) -> SchemeVersion:
    stage.publish("national-2020")
    return stage.publish("sichuan-2020")
