"""The desk of budgets in the admin: how programmes stand, funding them, publishing and stopping campaigns."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.models import User
from activities import campaigns
from activities.budgets import paces
from activities.models import Campaign
from config import clock, staff_admin
from config.identifiers import new_id
from config.problems import Problem
from ledger import alerts, budgets, outlook
from ledger.models import BudgetAlert, Funding, Programme


class FundingForm(forms.Form):
    """The id travels with the page, so that a double click funds once."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    points = forms.IntegerField(label=gettext_lazy("points"), help_text=gettext_lazy("Below zero to withdraw."))
    document = forms.CharField(
        label=gettext_lazy("document"),
        max_length=120,
        help_text=gettext_lazy("Number of the decision or contract."),
    )


class Papers(admin.TabularInline):
    """What was booked, to look at."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class FundingInline(Papers):
    model = Funding
    fields = readonly_fields = ("created_at", "points", "document", "by")


class AlertInline(Papers):
    model = BudgetAlert
    fields = readonly_fields = ("created_at", "level", "left_points", "told_at")


class StationAdmin(admin.ModelAdmin):
    """A page with buttons; each calls a station function, and its refusal is shown."""

    stations: dict[str, Callable[[Any, HttpRequest, Any], str]] = {}
    right = ""

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        act = self.admin_site.admin_view(require_POST(self._act))
        return [path("<path:key>/do/<slug:step>/", act, name=f"{name}_do"), *super().get_urls()]

    def _act(self, request: HttpRequest, key: str, step: str) -> HttpResponse:
        found = self.get_object(request, key)
        if found is None or step not in self.stations or not request.user.has_perm(self.right):
            raise PermissionDenied
        try:
            said = self.stations[step](self, request, found.pk)
        except Problem as problem:
            details = [str(problem.title), *map(str, problem.fields.values())]
            self.message_user(request, " ".join(details), messages.ERROR)
        else:
            self.log_change(request, found, step)
            self.message_user(request, said)
        return redirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[found.pk]))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Programme)
class ProgrammeAdmin(StationAdmin):
    """The page "Budgets", and each programme with its papers and buttons."""

    change_list_template = "admin/ledger/programme/budgets.html"
    change_form_template = "admin/ledger/programme/change_form.html"
    inlines = (FundingInline, AlertInline)
    right = alerts.MAY_FUND
    fields = ("code", "kind", "name_zh", "name_en", "warn_at_percent", "taper_from_percent", "taper_percent",
              "fen_per_thousand_points")  # fmt: skip

    class Media:
        css = {"all": ("activities/desk.css",)}

    def get_urls(self) -> list[URLPattern]:
        recount = self.admin_site.admin_view(require_POST(self.recount))
        return [path("count/", recount, name="ledger_programme_count"), *super().get_urls()]

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code", "kind") if obj else ()

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "kind":  # there is one city, and it has its programme
            kwargs["choices"] = [choice for choice in Programme.Kind.choices if choice[0] != Programme.Kind.CITY]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Programme, form: Any, change: bool) -> None:
        if change:
            obj.save(update_fields=[name for name in form.changed_data if name in self.fields])
        else:
            budgets.open_programme(obj)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        own = {
            "title": _("Budgets"),
            "budgets": paces.budgets(),
            "outlook": outlook.latest(),
            "today": clock.city_today(),
        }
        return super().changelist_view(request, {**(extra_context or {}), **own})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        own = {
            "budget": next((found for found in paces.budgets() if str(found.programme.pk) == object_id), None),
            "funding_form": FundingForm(initial={"id": new_id()}),
            "may_fund": request.user.has_perm(alerts.MAY_FUND),
        }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **own})

    def recount(self, request: HttpRequest) -> HttpResponse:
        """Count now what is otherwise counted at night."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        outlook.count(clock.city_today())
        paces.count(clock.city_today())
        return redirect("admin:ledger_programme_changelist")

    def _fund(self, request: HttpRequest, id: UUID) -> str:
        form = FundingForm(request.POST)
        if not form.is_valid():
            raise budgets.FundingInvalid(fields={name: " ".join(map(str, said)) for name, said in form.errors.items()})
        told, by = form.cleaned_data, str(cast(User, request.user))
        budgets.fund(told["id"], id, told["points"], told["document"], by)
        return _("Booked: %(points)s points.") % {"points": f"{told['points']:+,}"}

    def _limit(self, request: HttpRequest, id: UUID) -> str:
        budgets.limit(id)
        return _("From now on only what is funded is issued.")

    stations = {"fund": _fund, "limit": _limit}


@admin.register(Campaign)
class CampaignAdmin(StationAdmin):
    list_display = ("name_zh", "name_en", "programme", "first_day", "last_day", "multiplier_percent", "state")
    list_select_related = ("programme",)
    filter_horizontal = ("scenarios", "districts")
    change_form_template = "admin/activities/campaign/change_form.html"
    right = "activities.change_campaign"

    class Media:
        css = {"all": ("activities/desk.css",)}

    @admin.display(description=gettext_lazy("state"))
    def state(self, campaign: Campaign) -> str:
        return str(campaigns.state(campaign, clock.city_today()).label)

    def has_change_permission(self, request: HttpRequest, obj: Campaign | None = None) -> bool:
        return (obj is None or obj.published_at is None) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Campaign | None = None) -> bool:
        return obj is not None and obj.published_at is None and request.user.has_perm("activities.delete_campaign")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "programme":
            kwargs["queryset"] = Programme.objects.exclude(kind=Programme.Kind.CITY)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        campaign = cast(Campaign | None, self.get_object(request, object_id))
        own: dict[str, Any] = {"campaign": campaign}
        if campaign is not None:
            own |= {
                "state": campaigns.state(campaign, clock.city_today()),
                "paid": campaigns.paid(campaign),
                "left_points": budgets.left(campaign.programme_id),
                "may_move": request.user.has_perm(self.right),
            }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **own})

    def _publish(self, request: HttpRequest, id: int) -> str:
        campaigns.publish(id)
        return _("The campaign is announced. It does not change any more.")

    def _stop(self, request: HttpRequest, id: int) -> str:
        campaigns.stop(id)
        return _("The campaign is over; what was paid stays.")

    stations = {"publish": _publish, "stop": _stop}


@staff_admin.on_the_desk
def notices(request: HttpRequest) -> list[staff_admin.Notice]:
    """Budgets that need attention, for who may look after them."""
    if not request.user.has_perm("ledger.view_programme"):
        return []
    return [
        staff_admin.Notice(
            f"{programme}: {level.label}",
            reverse("admin:ledger_programme_change", args=[programme.pk]),
            urgent=level == alerts.Level.EMPTY,
        )
        for programme, level in alerts.standing()
    ]
