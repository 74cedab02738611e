"""The published figures as files that can be read without this platform: names beside codes, in both languages."""

import csv
import io
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import District
from activities.models import Scenario
from dashboard.city import anonymity, publication
from dashboard.models import CityFigure

BOM = "\ufeff"
"""By which spreadsheets know that a CSV file is UTF-8."""
FIELDS = ("month", "kind", "key", "name_zh", "name_en", "hidden", "citizens", "activities", "reduction_mg")
LANGUAGES = {"name_zh": "zh-hans", "name_en": "en"}
Kind = CityFigure.Kind


def document() -> dict[str, Any]:
    return {"k": anonymity.K, "figures": rows()}


def write_csv() -> str:
    text = io.StringIO()
    text.write(BOM)
    table = csv.DictWriter(text, FIELDS)
    table.writeheader()
    for row in rows():
        table.writerow({**row, "hidden": str(row["hidden"]).lower()})
    return text.getvalue()


def rows() -> list[dict[str, Any]]:
    """Every published figure, newest month first; hidden ones are there without numbers. Three queries."""
    names = _Names()
    return [_row(figure, names) for figure in publication.all_figures()]


def _row(figure: CityFigure, names: "_Names") -> dict[str, Any]:
    return {
        "month": figure.month.isoformat(),
        "kind": figure.kind,
        "key": figure.key,
        **{field: names.of(figure, language) for field, language in LANGUAGES.items()},
        "hidden": figure.hidden,
        "citizens": None if figure.hidden else figure.citizens,
        "activities": figure.activities,
        "reduction_mg": figure.reduction_mg,
    }


class _Names:
    """What the keys of figures stand for."""

    def __init__(self) -> None:
        self.districts = District.objects.in_bulk(field_name="code")
        self.scenarios = Scenario.objects.in_bulk(field_name="code")

    def of(self, figure: CityFigure, language: str) -> str:
        with override(language):
            return self._of(Kind(figure.kind), figure.key)

    def _of(self, kind: Kind, key: str) -> str:
        match kind:
            case Kind.DISTRICT:
                return self.districts[key].name if key != publication.NO_DISTRICT else _("no district given")
            case Kind.SCENARIO:
                return self.scenarios[key].name
            case Kind.METHODOLOGY:
                code, _slash, version = key.partition("/")
                words = {"scenario": self.scenarios[code].name, "version": version}
                return _("%(scenario)s, version %(version)s") % words
            case Kind.PARTICIPATION:
                return _("Carbon accounts") if key == "accounts" else _("With a linked source")
        return str(kind.label)
