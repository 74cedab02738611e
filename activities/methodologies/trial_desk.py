"""The city desk for replays and restatements: ask, watch, read, decide."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from activities import jobs
from activities.methodologies import replay, replays, restatement
from activities.methodologies.replay import Period
from activities.models import Methodology, Replay, Restatement
from config.problems import Problem

CHART_WIDTH, BAR_HEIGHT = 600, 24


class ReplayForm(forms.ModelForm):
    versions = forms.ModelMultipleChoiceField(
        Methodology.objects.select_related("scenario"), label=_("versions"), help_text=_("One a scenario.")
    )

    class Meta:
        model = Replay
        fields = ("versions", "first", "last")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"versions", "first", "last"} <= cleaned.keys():
            with_reason(lambda: replay.check(list(cleaned["versions"]), Period(cleaned["first"], cleaned["last"])))
        return cleaned


class RestatementForm(forms.ModelForm):
    class Meta:
        model = Restatement
        fields = ("after", "first", "last", "reason_zh", "reason_en")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"after", "first", "last"} <= cleaned.keys():
            with_reason(lambda: restatement.check(cleaned["after"], cleaned["first"], cleaned["last"]))
        return cleaned


def with_reason(station: Any) -> None:
    """A refusal of the station as an error of the form."""
    try:
        station()
    except Problem as problem:
        reasons = [str(reason) for reason in problem.fields.values()] if problem.detail == problem.title else []
        raise ValidationError(reasons or [str(problem.detail)]) from problem


class Asked(admin.ModelAdmin):
    """Can be asked for and looked at; nothing is changed or deleted by hand."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **({**kwargs, "fields": ()} if obj else kwargs))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The station has written it whole."""


@admin.register(Replay)
class ReplayAdmin(Asked):
    form = ReplayForm
    list_display = ("__str__", "state", "requested_by", "created_at", "finished_at")
    list_filter = ("state",)
    change_form_template = "admin/activities/replay/change_form.html"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj else ReplayForm.Meta.fields

    def save_model(self, request: HttpRequest, obj: Replay, form: Any, change: bool) -> None:
        period = Period(obj.first, obj.last)
        kept = replays.request(list(form.cleaned_data["versions"]), period, request.user)  # type: ignore[arg-type]
        obj.pk = kept.pk
        obj.refresh_from_db()
        jobs.run_replay.defer(replay_id=str(kept.pk))

    def response_add(self, request: HttpRequest, obj: Replay, post_url_continue: Any = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:activities_replay_change", args=[obj.pk]))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if (obj := kwargs.get("obj")) is not None:
            context |= {"replay": obj, "versions": obj.versions.select_related("scenario"), **_shown(obj.result)}
        return super().render_change_form(request, context, *args, **kwargs)


def _shown(result: dict[str, Any] | None) -> dict[str, Any]:
    """The result with masses in kg and the bars of the chart, in pixels."""
    if result is None:
        return {}
    widest = max((abs(row["change_mg"]) for row in result["deciles"]), default=0) or 1
    middle = CHART_WIDTH // 2
    bars = []
    for place, row in enumerate(result["deciles"]):
        width = round(abs(row["change_mg"]) / widest * (middle - 110))
        gain = row["change_mg"] >= 0
        bars.append(
            {
                "y": place * BAR_HEIGHT,
                "text_y": place * BAR_HEIGHT + 15,
                "x": middle if gain else middle - width,
                "width": max(width, 1),
                "gain": gain,
                "label_x": middle + width + 6 if gain else middle - width - 6,
                "anchor": "start" if gain else "end",
                "decile": row["decile"],
                "change": _kg(row["change_mg"], sign=True),
            }
        )
    return {
        "result": result,
        "total": _masses(result),
        "scenes": [row | _masses(row) for row in result["scenarios"]],
        "deciles": [row | _masses(row) for row in result["deciles"]],
        "largest": [row | _masses(row) for row in result["largest"]],
        "bars": bars,
        "chart": {"width": CHART_WIDTH, "height": len(bars) * BAR_HEIGHT, "middle": middle},
    }


def _masses(row: dict[str, Any]) -> dict[str, str]:
    change = row["change_mg"]
    percent = f"{change / row['before_mg'] * 100:+.1f} %" if row["before_mg"] else "–"
    return {
        "before": _kg(row["before_mg"]),
        "after": _kg(row["after_mg"]),
        "change": _kg(change, sign=True),
        "percent": percent,
    }


def _kg(amount_mg: int, sign: bool = False) -> str:
    text = number_format(Decimal(abs(amount_mg)) / 1_000_000, 3, force_grouping=True)
    minus = "−" if amount_mg < 0 else "+" if sign and amount_mg else ""
    return f"{minus}{text}"


@admin.register(Restatement)
class RestatementAdmin(Asked):
    """Requested by one person, decided by another; the job runs by itself."""

    form = RestatementForm
    list_display = ("__str__", "state", "requested_by", "decided_by", "citizens", "restated", "finished_at")
    list_filter = ("state",)
    list_select_related = ("before__scenario", "after__scenario", "requested_by", "decided_by")
    change_form_template = "admin/activities/restatement/change_form.html"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return RestatementForm.Meta.fields
        return (
            "before", "after", "first", "last", "reason_zh", "reason_en", "state", "requested_by", "requested_at",
            "decided_by", "decided_at", "citizens", "restated", "held", "reduction_mg", "points", "finished_at",
        )  # fmt: skip

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if obj is None:
            held = Methodology.objects.filter(corrects__isnull=False, published_at__isnull=False)
            form.base_fields["after"].queryset = held.select_related("scenario")
        return form

    def save_model(self, request: HttpRequest, obj: Restatement, form: Any, change: bool) -> None:
        asked = restatement.request(obj.after, obj.first, obj.last, (obj.reason_zh, obj.reason_en), request.user)  # type: ignore[arg-type]
        obj.pk = asked.pk
        obj.refresh_from_db()

    def response_add(self, request: HttpRequest, obj: Restatement, post_url_continue: Any = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:activities_restatement_change", args=[obj.pk]))

    def get_urls(self) -> list[URLPattern]:
        decide = self.admin_site.admin_view(require_POST(self.decide))
        return [path("<uuid:pk>/decide/<slug:step>/", decide, name="restatement_decide"), *super().get_urls()]

    def decide(self, request: HttpRequest, pk: Any, step: str) -> HttpResponse:
        if step not in {"approve", "refuse"} or not request.user.has_perm("activities.approve_restatement"):
            raise PermissionDenied
        asked = get_object_or_404(Restatement, pk=pk)
        try:
            getattr(restatement, step)(asked, request.user)
        except Problem as problem:
            self.message_user(request, str(problem.detail), messages.ERROR)
        else:
            if step == "approve":
                jobs.run_restatement.defer(restatement_id=str(pk))
        return HttpResponseRedirect(reverse("admin:activities_restatement_change", args=[pk]))
