"""Hashes that say by which algorithm they were made, so that an installation can change it and still verify old ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from django.conf import settings

ALGORITHMS = ("sha256", "sm3")


class UnknownHash(ValueError):
    """A stored hash names no algorithm that this machine can compute."""


def digest(content: bytes, *, algorithm: str | None = None) -> str:
    """`sha256:9f86…`, by the installation's algorithm unless another is named."""
    return digest_parts([content], algorithm=algorithm)


def digest_parts(parts: Iterable[bytes], *, algorithm: str | None = None) -> str:
    """The hash of all parts in a row, for a file read in pieces."""
    name = algorithm or settings.HASH
    hasher = _hasher(name)
    for part in parts:
        hasher.update(part)
    return f"{name}:{hasher.hexdigest()}"


def matches(content: bytes, stored: str) -> bool:
    """Whether the content has the stored hash, by the algorithm that the hash names."""
    name, _, _ = stored.partition(":")
    return digest(content, algorithm=name) == stored


def _hasher(name: str) -> hashlib._Hash:
    if name not in ALGORITHMS:
        raise UnknownHash(f"不支持的散列算法“{name}”，可用：{'、'.join(ALGORITHMS)}。")
    try:
        return hashlib.new(name)
    except ValueError as error:
        raise UnknownHash(
            "本机的 OpenSSL 不提供 SM3（需 1.1.1 以上且未停用国密算法）。请升级，或将 GREENHOOD_HASH 设为 sha256。"
        ) from error
