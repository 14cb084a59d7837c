from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def own_media(tmp_path: Path, settings: Any) -> Path:
    """Files of one test are not those of another."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT
