"""Official forms as PDF: plain data set by a Typst layout.

A layout is a file in ``layouts``; it gets the whole form as one JSON value and decides nothing but where things stand.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings

LAYOUTS = Path(__file__).parent / "layouts"

# The compiler keeps fonts and parsed layouts between forms; it is not made for two threads at once.
_turn = threading.Lock()


class FontsMissing(Exception):
    """No font with Chinese characters can be found, so that a form would come out empty."""


def pdf(layout: str, data: Mapping[str, Any]) -> bytes:
    """The form as PDF bytes. ``layout`` is the name of a file in ``layouts`` without its ending."""
    with _turn:
        made = _compiler().compile(
            input=str(LAYOUTS / f"{layout}.typ"),
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            timestamp=0,
        )
    assert isinstance(made, bytes), "a PDF is one file"
    return made


@cache
def _compiler() -> typst.Compiler:
    if not any(settings.FONTS_ROOT.glob("*.[to]t[fc]")):
        raise FontsMissing(
            f"文件夹 {settings.FONTS_ROOT} 中没有中文字体。请运行 greenhood assets，或用 GREENHOOD_FONTS 指定字体文件夹。"
        )
    return typst.Compiler(root=str(LAYOUTS), font_paths=[str(settings.FONTS_ROOT)])
