"""The city desk for scenarios, methodology versions, feeds, deliveries and activities."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from activities import (
    claims,
    delivery_admin,  # noqa: F401  registers deliveries and quarantined rows
    feed_admin,  # noqa: F401  registers feeds, contracts and supervision
    story,
)
from activities.budgets import desk as budget_desk  # noqa: F401  registers programmes and campaigns
from activities.integrity import registry
from activities.methodologies import desk, trial_desk  # noqa: F401  register methodologies, factors, replays
from activities.models import (
    Activity,
    Claim,
    Event,
    Methodology,
    PointsRate,
    Reduction,
    RuleSetting,
    Scenario,
)
from activities.review import admin as review_admin  # noqa: F401  registers the reviewers' desk
from config.problems import Problem
from config.staff_admin import ReadOnly


class MethodologyInline(admin.TabularInline):
    model = Methodology
    fields = readonly_fields = ("version", "family", "valid_from", "state", "published_at")
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RuleSettingForm(forms.ModelForm):
    """Settings are checked by their rule, with the bounds it declares."""

    rule = forms.ChoiceField(choices=[(rule.code, rule.name) for rule in registry.RULES], label=_("rule"))

    class Meta:
        model = RuleSetting
        fields = ("rule", "settings", "active")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "rule" in cleaned and "settings" in cleaned:
            try:
                registry.parse(cleaned["rule"], cleaned["settings"])
            except Problem as problem:
                raise ValidationError({"settings": str(problem.detail)}) from problem
        return cleaned


class RuleSettingInline(admin.TabularInline):
    model = RuleSetting
    form = RuleSettingForm
    extra = 0


@admin.register(Scenario)
class ScenarioAdmin(admin.ModelAdmin):
    list_display = ("name_zh", "name_en", "code", "active", "poolable", "position")
    list_editable = ("position",)
    inlines = (RuleSettingInline, MethodologyInline)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(PointsRate)
class PointsRateAdmin(admin.ModelAdmin):
    list_display = ("mg_per_point", "valid_from")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Reduction)
class ReductionAdmin(ReadOnly):
    list_display = ("id", "city_day", "scenario", "methodology", "cause", "reversal", "reduction_mg", "points")
    list_filter = ("scenario", "cause")
    list_select_related = ("scenario", "methodology__scenario")
    search_fields = ("=id", "=citizen_id")
    show_full_result_count = False
    actions = ("claim_points_only", "claim_personal", "claim_partner")

    @admin.action(description=_("Claim for the citizens' pool"), permissions=["claim"])
    def claim_personal(self, request: HttpRequest, queryset: QuerySet[Reduction]) -> HttpResponse | None:
        return self._claim(request, queryset, Claim.Pool.PERSONAL)

    @admin.action(description=_("Claim for the partner's pool"), permissions=["claim"])
    def claim_partner(self, request: HttpRequest, queryset: QuerySet[Reduction]) -> HttpResponse | None:
        return self._claim(request, queryset, Claim.Pool.PARTNER)

    @admin.action(description=_("Keep as points only, for good"), permissions=["claim"])
    def claim_points_only(self, request: HttpRequest, queryset: QuerySet[Reduction]) -> HttpResponse | None:
        return self._claim(request, queryset, Claim.Pool.POINTS_ONLY)

    def has_claim_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("activities.add_claim")

    def _claim(self, request: HttpRequest, queryset: QuerySet[Reduction], pool: Claim.Pool) -> HttpResponse | None:
        """Ask, then claim all of them or none."""
        if "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": pool.label,
                "reductions": queryset,
                "action": request.POST["action"],
                "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
            }
            return TemplateResponse(request, "admin/activities/reduction/claim.html", context)
        try:
            count = claims.claim(list(queryset), pool, cast(User, request.user))
        except Problem as problem:
            self.message_user(request, str(problem.detail), messages.ERROR)
        else:
            self.message_user(request, _("%(count)s reductions are claimed.") % {"count": count})
        return None


@admin.register(Claim)
class ClaimAdmin(ReadOnly):
    list_display = ("reduction_id", "pool", "by", "created_at")
    list_filter = ("pool",)
    list_select_related = ("by",)
    search_fields = ("=reduction_id", "=citizen_id")
    show_full_result_count = False


@admin.register(Activity)
class ActivityAdmin(ReadOnly):
    """Any activity with its whole story."""

    list_display = ("id", "city_day", "scenario", "feed", "distance_m", "status", "reason")
    list_filter = ("status", "scenario", "feed", "reason")
    list_select_related = ("scenario", "feed")
    search_fields = ("=id", "=citizen_id")
    show_full_result_count = False
    fields = (
        "id",
        "citizen_id",
        "link_id",
        "scenario",
        "feed",
        "delivery",
        "started_at",
        "ended_at",
        "city_day",
        "distance_m",
        "distance_basis",
        "quantity",
        "evidence",
        "displacement_m",
        "traits",
        "status",
        "whole_story",
    )
    readonly_fields = ("whole_story",)

    @admin.display(description=_("story"))
    def whole_story(self, activity: Activity) -> SafeString:
        told = story.tell(activity)
        lines = [(_("reason"), told.reason)] if told.reason else []
        events = Event.objects.select_related("delivery__feed").filter(
            citizen_id=activity.citizen_id, activity_id=activity.id
        )
        lines += [(_("event"), f"{event.key} {event.half} · {event.delivery}") for event in events.order_by("id")]
        lines += [(_("finding"), f"{found.rule}: {found.verdict} {found.evidence}") for found in told.findings]
        if told.explanation is not None:
            lines += [
                (_("methodology"), told.explanation.methodology),
                (_("calculation"), told.explanation.calculation),
                (_("points"), told.explanation.points_calculation),
                (_("source"), told.explanation.source),
            ]
        return format_html_join("", "<div><strong>{}</strong> {}</div>", lines)
