"""Published versions as loaded files again, so that a scheme can be written under one that is no file of the product."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from uuid import UUID

from greenhood.schemes import library, loading, source
from greenhood.schemes.loading import Loaded
from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.queries import newest_of

MOST_KEPT = 32


def loaded_of(version: SchemeVersion) -> Loaded:
    """The file of a version with the values chosen for it, above it the newest version of the scheme that it implements.

    A version never changes; each process reads it once. Only what stands above may be newer than when it was published.
    """
    implements = version.scheme.implements
    above = newest_of(implements) if implements else None
    return _loaded(version.pk, above.pk if above else None)


def read(text: str, path: Path) -> Loaded:
    """A text that somebody sent, as if it stood among the product's files; its higher scheme may also be one that was published."""
    implements = source.parse(text, path).raw.get("implements")
    above = newest_of(implements) if isinstance(implements, str) and implements.isprintable() else None
    if above is not None and not path.with_name(f"{implements}.yaml").exists():
        return loading.load_under(text, path, loaded_of(above))
    return loading.load_text(text, path)


@lru_cache(maxsize=MOST_KEPT)
def _loaded(pk: UUID, above: UUID | None) -> Loaded:
    version = SchemeVersion.objects.get(pk=pk)
    higher = loaded_of(SchemeVersion.objects.get(pk=above)) if above else None
    path = library.folder() / f"{version.scheme_id}.yaml"
    return loading.load_under(version.source_text, path, higher, version.chosen)
