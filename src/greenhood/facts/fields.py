"""Columns of facts that know their unit. In the database they are Django's own; migrations see those."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

# Years, storeys, intervals and sound levels are not added up.
NOT_ADDED = frozenset({"", "年", "层", "个月", "dB(A)", "%"})


class _Measured:
    """A number with a unit and bounds. ``unit`` is what a person types it in; ``adds_up`` where a sum means something."""

    unit: str
    least: Decimal | int | None
    most: Decimal | int | None
    adds_up: bool

    def _bounds(self, given: list[Any]) -> list[Any]:
        bounds = [] if self.least is None else [MinValueValidator(self.least)]
        return [*given, *bounds, *([] if self.most is None else [MaxValueValidator(self.most)])]


class Amount(_Measured, models.DecimalField):
    """A measured quantity: area in 平方米, length in 米, a share in %. 14 digits, two of them after the point."""

    def __init__(
        self,
        verbose_name: str | None = None,
        *,
        unit: str = "",
        least: Decimal | int | None = 0,
        most: Decimal | int | None = None,
        adds_up: bool | None = None,
        **options: Any,
    ) -> None:
        self.unit, self.least, self.most = unit, least, most
        self.adds_up = unit not in NOT_ADDED if adds_up is None else adds_up
        options = {"max_digits": 14, "decimal_places": 2, "null": True, "blank": True} | options
        options["validators"] = self._bounds(list(options.get("validators", [])))
        super().__init__(verbose_name, **options)

    def deconstruct(self) -> Any:
        return _plain(self, super().deconstruct(), "django.db.models.DecimalField")


class Count(_Measured, models.IntegerField):
    """A whole number of things: 户, 人, 处, 个."""

    def __init__(
        self,
        verbose_name: str | None = None,
        *,
        unit: str = "",
        least: int | None = 0,
        most: int | None = 100_000_000,
        adds_up: bool | None = None,
        **options: Any,
    ) -> None:
        self.unit, self.least, self.most = unit, least, most
        self.adds_up = unit not in NOT_ADDED if adds_up is None else adds_up
        options = {"null": True, "blank": True} | options
        options["validators"] = self._bounds(list(options.get("validators", [])))
        super().__init__(verbose_name, **options)

    def deconstruct(self) -> Any:
        return _plain(self, super().deconstruct(), "django.db.models.IntegerField")


class Reference(models.UUIDField):
    """Another thing of the same community, by its lasting id: a building's estate, an inspection's heritage.

    No foreign key: what it points to is versioned. ``to`` is the key of its kind.
    """

    def __init__(self, verbose_name: str | None = None, *, to: str = "", **options: Any) -> None:
        self.to = to
        super().__init__(verbose_name, **{"null": True, "blank": True} | options)

    def deconstruct(self) -> Any:
        return _plain(self, super().deconstruct(), "django.db.models.UUIDField")


def _plain(field: models.Field[Any, Any], parts: Any, path: str) -> Any:
    """Units and bounds are no business of the database: changing one is no migration."""
    name, _, args, options = parts
    options.pop("validators", None)
    options.pop("verbose_name", None)
    return name, path, args, options
