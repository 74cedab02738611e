"""Forms made from a family's parameters: every number typed and bounded, every unit shown, factors to choose from."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

import msgspec
from django import forms
from django.utils.translation import gettext_lazy as _

from activities.methodologies import factors, families, texts, versions
from activities.methodologies.parameters import DECIMALS_MAX, Bounds, element, fields, unwrap
from activities.models import UNITS, Factor, Methodology
from config.problems import Problem

NUMBER, FACTOR = "number.", "factor."
BLANK_ROWS = 3


def parameter_fields(kind: type[msgspec.Struct], given: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """(form field name, form field) of every parameter, filled with what is given; lists get some blank rows."""
    for name, hint in fields(kind).items():
        bare, note, _optional = unwrap(hint)
        value, here = given.get(name), f"{path}{name}"
        if isinstance(note, Bounds):
            yield f"{NUMBER}{here}", _number(bare, note, value)
            if note.unit in UNITS:
                yield f"{FACTOR}{here}", _factor(note)
        elif inner := element(bare):
            rows = [*(value or []), *({} for _blank in range(BLANK_ROWS))]
            for place, row in enumerate(rows):
                for field_name, field in parameter_fields(inner, row, f"{here}.{place}."):
                    if not field_name.startswith(FACTOR):
                        field.label = f"{note.label} {place + 1}: {field.label}"
                    yield field_name, field
        elif isinstance(bare, type) and issubclass(bare, msgspec.Struct):
            for field_name, field in parameter_fields(bare, value or {}, f"{here}."):
                field.label = f"{note.label}: {field.label}"
                yield field_name, field
        else:
            yield f"{NUMBER}{here}", _choice(bare, note, value)


def _number(bare: Any, bounds: Bounds, value: Any) -> forms.Field:
    least, most = Decimal(bounds.least), Decimal(bounds.most)
    common: dict[str, Any] = {
        "label": bounds.label,
        "required": False,
        "initial": value,
        "help_text": f"{bounds.least} – {bounds.most} {bounds.unit}",
    }
    if bare is int:
        return forms.IntegerField(min_value=int(least), max_value=int(most), **common)
    return forms.DecimalField(min_value=least, max_value=most, max_digits=20, decimal_places=DECIMALS_MAX, **common)


def _factor(bounds: Bounds) -> forms.Field:
    units = [unit for unit in UNITS if factors.scale(unit, bounds.unit) is not None]
    return forms.ModelChoiceField(
        Factor.objects.filter(published_at__isnull=False, unit__in=units),
        label=_("… from the factor library"),
        required=False,
        empty_label=_("the number above"),
    )


def _choice(bare: Any, note: Any, value: Any) -> forms.Field:
    common: dict[str, Any] = {"label": note.label, "required": False, "initial": value}
    if get_origin(bare) is Literal:
        return forms.ChoiceField(choices=[("", "–"), *((each, each) for each in get_args(bare))], **common)
    if get_origin(bare) is tuple:
        choices = [(each, each) for each in get_args(get_args(bare)[0])]
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **common)
    return forms.CharField(max_length=32, **common)


def collect(cleaned: dict[str, Any]) -> dict[str, Any]:
    """The parameters that a form's fields spell; what was left empty is left out."""
    found: dict[str, Any] = {}
    for name, value in cleaned.items():
        if name.startswith(NUMBER) and value not in (None, "", []):
            place = found
            *steps, last = name.removeprefix(NUMBER).split(".")
            for step in steps:
                place = place.setdefault(step, {})
            place[last] = f"{value.normalize():f}" if isinstance(value, Decimal) else value
    listed: dict[str, Any] = _lists(found)
    return listed


def _lists(found: Any) -> Any:
    if not isinstance(found, dict):
        return found
    if found and all(key.isdigit() for key in found):
        return [_lists(found[key]) for key in sorted(found, key=int)]
    return {key: _lists(value) for key, value in found.items()}


class VersionForm(forms.ModelForm):
    """A draft; what it says is examined as a whole by `versions.examine`, and refused with the reason at the field."""

    family_name = ""

    class Meta:
        model = Methodology
        fields = (
            "scenario", "region", "valid_from", "valid_until", "corrects", "source_zh", "source_en",
            "conservativeness_zh", "conservativeness_en",
        )  # fmt: skip
        field_classes = {"valid_from": forms.SplitDateTimeField, "valid_until": forms.SplitDateTimeField}

    def chosen(self) -> dict[str, Factor]:
        return {
            name.removeprefix(FACTOR): factor
            for name, factor in self.cleaned_data.items()
            if name.startswith(FACTOR) and factor
        }

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        self.instance.family = self.family_name
        self.instance.parameters = collect(self.cleaned_data)
        try:
            versions.examine(self.instance, self.chosen())
        except Problem as problem:
            self.add_error(self._field_of(problem), str(problem.detail))
        for field in texts.missing(self.instance):
            self.add_error(field, self.fields[field].error_messages["required"])

    def _field_of(self, problem: Problem) -> str | None:
        """The field that a refusal names, by its path or in its words."""
        words = re.findall(r"[a-z0-9_]+(?:\.[a-z0-9_]+)*", str(problem.detail))
        for name in [*problem.fields, *words]:
            for field in (name, f"{NUMBER}{name}"):
                if field in self.fields:
                    return field
        return None


def version_form(family: str, version: Methodology | None) -> type[VersionForm]:
    """The form of a draft of this family."""
    made = dict(parameter_fields(families.FAMILIES[family].parameters, version.parameters if version else {}))
    for path, frozen in (version.factors if version else {}).items():
        if f"{FACTOR}{path}" in made:
            made[f"{FACTOR}{path}"].initial = frozen["factor"]
    return type("FamilyVersionForm", (VersionForm,), {**made, "family_name": family})
