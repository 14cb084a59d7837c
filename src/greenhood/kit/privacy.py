"""What everybody reads without sign-in names nobody's number: mobile telephones and identity cards are found where they are typed."""

from __future__ import annotations

import re
import unicodedata

# As people write them: with spaces or hyphens between the groups, in wide digits.
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)[1-9]\d{5}[ -]?(?:19|20)\d{6}[ -]?\d{3}[\dXx](?!\d)")


def private_number(text: str) -> str:
    """Why a text can't be shown to others; "" where it can."""
    plain = unicodedata.normalize("NFKC", text)
    if _IDENTITY.search(plain):
        return "这里会公开，不能写身份证号，请删去。"
    if _MOBILE.search(plain):
        return "这里会公开，不能写个人手机号，请删去；需要联系方式的写办公电话。"
    return ""
