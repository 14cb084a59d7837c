"""A programme under way in the cast's county."""

from __future__ import annotations

import pytest

from greenhood.declarations.models import Declaration
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast
from tests.declarations import stage


@pytest.fixture
def sichuan(cast: Cast) -> SchemeVersion:
    stage.publish("national-2020")
    return stage.publish("sichuan-2020")


@pytest.fixture
def declared(cast: Cast, sichuan: SchemeVersion) -> Declaration:
    """The first community has declared, the others have not begun."""
    return stage.declare(cast.community, cast.worker)
