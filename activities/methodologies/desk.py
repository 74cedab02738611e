"""The city desk for methodology versions and factors."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from activities.methodologies import factor_watch, factors, families, parameters, versions
from activities.methodologies.forms import FACTOR, NUMBER, VersionForm, version_form
from activities.models import Factor, Methodology, MethodologyStep
from config.clock import city_today
from config.problems import Problem

State = Methodology.State
STEPS: dict[str, tuple[Any, tuple[str, ...], str, Callable[..., Methodology]]] = {
    "submit": (_("Submit for approval"), (State.DRAFT,), "submit", versions.submit),
    "approve": (_("Approve"), (State.SUBMITTED,), "approve", versions.approve),
    "return": (_("Return to its author"), (State.SUBMITTED, State.APPROVED), "approve", versions.give_back),
    "publish": (_("Publish"), (State.APPROVED,), "publish", versions.publish),
    "copy": (_("Copy to a new draft"), tuple(State), "add", lambda version, by, note: versions.copy(version, by)),
}
"""Step: what the button says, the states in which it shows, the right it needs, the station."""

CONSEQUENCES = {
    "submit": _("Its numbers stand as they are until somebody else approves or returns it."),
    "approve": _("You vouch for its numbers and their sources. Who wrote it cannot approve it."),
    "return": _("It becomes a draft again and its author can change it. Say what is missing."),
    "publish": _(
        "From its start it counts for every activity, the version before ends there, and nobody can change it."
    ),
    "copy": _("A draft with the same content, for you to change."),
}


class HistoryInline(admin.TabularInline):
    model = MethodologyStep
    fields = readonly_fields = ("step", "by", "note", "created_at")
    extra = 0
    can_delete = False
    verbose_name_plural = _("history")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Methodology)
class MethodologyAdmin(admin.ModelAdmin):
    """A draft is edited in a form of its family; everything after is shown, and moved by buttons that ask first."""

    list_display = ("__str__", "name", "family", "region", "valid_from", "valid_until", "state", "author", "approver")
    list_filter = ("state", "family", "scenario")
    list_select_related = ("scenario", "author", "approver")
    inlines = (HistoryInline,)
    shown = (
        "scenario", "version", "state", "formula", "region", "valid_from", "valid_until", "corrects", "numbers",
        "source_zh", "source_en", "conservativeness_zh", "conservativeness_en", "author", "approver", "published_at",
    )  # fmt: skip
    change_form_template = "admin/activities/methodology/change_form.html"

    @admin.display(description=_("scenario"), ordering="scenario__position")
    def name(self, version: Methodology) -> str:
        return version.scenario.name

    @admin.display(description=_("formula"))
    def formula(self, version: Methodology) -> str:
        family = families.FAMILIES[version.family]
        return f"{family.name}: {family.formula}"

    @admin.display(description=_("parameters"))
    def numbers(self, version: Methodology) -> SafeString:
        """Every parameter with its unit and, where it came from the library, its factor."""
        parsed = families.parse(version.family, version.parameters)
        rows = []
        for place, value, bounds in parameters.numbers(parsed):
            frozen = version.factors.get(place)
            origin = (
                f"← {frozen['code']} {frozen['region']} {frozen['year']} [{frozen['provenance']}]" if frozen else ""
            )
            rows.append((bounds.label, place, value, bounds.unit, origin))
        return format_html_join("", "<div>{} <code>{}</code> = <strong>{}</strong> {} {}</div>", rows)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return super().get_form(request, obj, change, **{**kwargs, "fields": ()})
        form = version_form(obj.family if obj else self._family(request), obj)
        for name in ("valid_from", "valid_until"):
            form.base_fields[name].widget = AdminSplitDateTime()
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return [(None, {"fields": self.shown})]
        form: Any = self.get_form(request, obj)
        numbers = [name for name in form.base_fields if name.startswith((NUMBER, FACTOR))]
        family = families.FAMILIES[form.family_name]
        return [
            (None, {"fields": VersionForm.Meta.fields}),
            (family.name, {"fields": _together(numbers), "description": family.formula}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.shown if obj is not None and not self.has_change_permission(request, obj) else ()

    def has_change_permission(self, request: HttpRequest, obj: Methodology | None = None) -> bool:
        return (obj is None or obj.state == State.DRAFT) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Methodology | None = None) -> bool:
        return obj is not None and obj.state == State.DRAFT and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Methodology, form: VersionForm, change: bool) -> None:
        versions.write(obj, request.user, form.chosen())  # type: ignore[arg-type]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if request.GET.get("family") in families.FAMILIES:
            return super().add_view(request, form_url, extra_context)
        if not self.has_add_permission(request):
            raise PermissionDenied
        context = {**self.admin_site.each_context(request), "title": _("Family"), "families": families.FAMILIES}
        return TemplateResponse(request, "admin/activities/methodology/families.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        version = self.get_object(request, object_id)
        steps = [(step, label) for step, (label, *_rest) in STEPS.items() if version and _open(request, version, step)]
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "version_steps": steps})

    def get_urls(self) -> list[URLPattern]:
        step = path("<int:pk>/step/<slug:step>/", self.admin_site.admin_view(self.step_view), name="methodology_step")
        return [step, *super().get_urls()]

    def step_view(self, request: HttpRequest, pk: int, step: str) -> HttpResponse:
        """Ask, then do a step; a refusal is shown with its reason."""
        version = get_object_or_404(Methodology.objects.select_related("scenario"), pk=pk)
        if step not in STEPS:
            raise Http404
        if not _open(request, version, step):
            raise PermissionDenied
        label, _states, _right, station = STEPS[step]
        if request.method == "POST":
            return self._do(request, version, station, request.POST.get("note", ""))
        context = {
            **self.admin_site.each_context(request),
            "title": f"{label}: {version}",
            "label": label,
            "version": version,
            "formula": self.formula(version),
            "numbers": self.numbers(version),
            "consequence": CONSEQUENCES[step],
            "with_note": step != "copy",
        }
        return TemplateResponse(request, "admin/activities/methodology/step.html", context)

    def _do(
        self, request: HttpRequest, version: Methodology, station: Callable[..., Methodology], note: str
    ) -> HttpResponse:
        try:
            version = station(version, request.user, note)
        except Problem as problem:
            self.message_user(request, str(problem.detail), messages.ERROR)
        else:
            self.message_user(
                request, _("%(version)s: %(state)s") % {"version": version, "state": version.get_state_display()}
            )
        return HttpResponseRedirect(reverse("admin:activities_methodology_change", args=[version.pk]))

    @staticmethod
    def _family(request: HttpRequest) -> str:
        return request.GET.get("family", "distance_shift")


def _open(request: HttpRequest, version: Methodology, step: str) -> bool:
    """Whether the button shows: the state is right, and so are the person's rights."""
    _label, states, right, _station = STEPS[step]
    return version.state in states and request.user.has_perm(f"activities.{right}_methodology")


def _together(names: list[str]) -> list[Any]:
    """A number and its factor in one line."""
    lines: list[Any] = []
    for name in names:
        if name.startswith(FACTOR):
            lines[-1] = (lines[-1], name)
        else:
            lines.append(name)
    return lines


class FactorForm(forms.ModelForm):
    class Meta:
        model = Factor
        fields = (
            "code", "kind", "region", "year", "value", "low", "high", "unit", "status", "provenance", "demo",
            "source_zh", "source_en", "best_before", "supersedes",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        before, unit = cleaned.get("supersedes"), cleaned.get("unit")
        if before and (before.code, before.region) != (cleaned.get("code"), cleaned.get("region")):
            self.add_error("supersedes", _("Code and region must be the same."))
        elif before and unit and factors.scale(before.unit, unit) is None:
            self.add_error("supersedes", _("The units differ in kind."))
        return cleaned


@admin.register(Factor)
class FactorAdmin(admin.ModelAdmin):
    form = FactorForm
    list_display = (
        "code", "region", "year", "value", "unit", "status", "provenance", "best_before", "demo", "author",
        "published_at",
    )  # fmt: skip
    list_filter = ("kind", "status", "provenance", "demo", "region")
    search_fields = ("code", "region", "source_zh", "source_en")
    list_select_related = ("author",)
    actions = ("publish",)
    change_list_template = "admin/activities/factor/change_list.html"

    def has_change_permission(self, request: HttpRequest, obj: Factor | None = None) -> bool:
        return (obj is None or obj.published_at is None) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Factor | None = None) -> bool:
        return obj is not None and obj.published_at is None and super().has_delete_permission(request, obj)

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("activities.publish_factor")

    def save_model(self, request: HttpRequest, obj: Factor, form: Any, change: bool) -> None:
        obj.author = request.user  # type: ignore[assignment]
        super().save_model(request, obj, form, change)

    @admin.action(description=_("Publish the selected drafts"), permissions=["publish"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Factor]) -> HttpResponse | None:
        """Ask, then publish what others wrote; a refusal is shown with its reason."""
        drafts = queryset.filter(published_at__isnull=True).select_related("author", "supersedes")
        if "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": _("Publish factors"),
                "opts": self.opts,
                "drafts": drafts,
                "checkbox": ACTION_CHECKBOX_NAME,
            }
            return TemplateResponse(request, "admin/activities/factor/publish.html", context)
        for factor in drafts:
            try:
                factors.publish(factor, request.user)  # type: ignore[arg-type]
            except Problem as problem:
                self.message_user(request, str(problem.detail), messages.ERROR)
            else:
                self.message_user(request, _("%(factor)s is published.") % {"factor": factor})
        return None

    def get_urls(self) -> list[URLPattern]:
        return [path("aged/", self.admin_site.admin_view(self.aged), name="factors_aged"), *super().get_urls()]

    def aged(self, request: HttpRequest) -> HttpResponse:
        """Expired and superseded factors, with the effect of the newer value on the last 30 days."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("Factor watch"),
            "today": timezone.localdate(),
            "factors": factor_watch.aged(city_today()),
        }
        return TemplateResponse(request, "admin/activities/factor/aged.html", context)
