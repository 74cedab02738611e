"""The reviewers' desk in the admin: what is held, what citizens object to, how often each rule is wrong."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from activities import story
from activities.integrity import reasons
from activities.models import Activity, Appeal, Decision, HeldActivity
from activities.review import appeals, decisions, figures, questions
from config.problems import Problem
from config.staff_admin import ReadOnly

MAY_DECIDE = "activities.add_decision"
FIGURES_DAYS = 90


class DecisionForm(forms.Form):
    verdict = forms.ChoiceField(
        label=_("verdict"),
        choices=[(Activity.Status.ACCEPTED, _("count it")), (Activity.Status.REJECTED, _("do not count it"))],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("why, in words for the citizen"),
        max_length=decisions.NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
    )


class QuestionForm(forms.Form):
    question = forms.CharField(
        label=_("question to the citizen"),
        max_length=questions.QUESTION_MAX,
        widget=forms.Textarea(attrs={"rows": 2, "cols": 60}),
    )


def context_of(activity: Activity) -> dict[str, Any]:
    """All a reviewer needs to see: the story, what people said before, and the rest of that person's day."""
    day, told = (
        Activity.objects.filter(citizen_id=activity.citizen_id, city_day=activity.city_day),
        story.tell(activity),
    )
    return {
        "activity": activity,
        "told": told,
        "evidence": [(reasons.name(finding.rule), finding) for finding in told.findings],
        "decisions": decisions.of(activity).select_related("decided_by"),
        "questions": questions.of(activity).select_related("asked_by"),
        "appeal": appeals.of(activity),
        "day": [
            (other, reasons.name(other.reason) if other.reason else "")
            for other in day.exclude(pk=activity.pk).select_related("scenario", "feed").order_by("started_at")
        ],
    }


class Desk(ReadOnly):
    """A read-only list whose pages carry the decision form.

    A desk says which activity an object of its list is about, and what deciding it does.
    """

    activity_of: Callable[[Any], Activity]
    judge: Callable[[Any, str, str, User], Decision]
    show_full_result_count = False
    change_form_template = "admin/activities/review.html"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        obj = self.get_object(request, object_id)
        if obj is None:
            raise Http404
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        activity = self.activity_of(obj)
        context = {
            **self.admin_site.each_context(request),
            **context_of(activity),
            "opts": self.model._meta,
            "title": str(_("Review")),
            "may_decide": request.user.has_perm(MAY_DECIDE) and self.open_to_people(activity),
            "decision_form": DecisionForm(),
            "question_form": QuestionForm(),
            "decide_url": reverse(f"admin:{self._name}_decide", args=[obj.pk]),
            "ask_url": reverse(f"admin:{self._name}_ask", args=[obj.pk]),
        }
        return TemplateResponse(request, self.change_form_template, context)

    def open_to_people(self, activity: Activity) -> bool:
        return activity.reason not in reasons.BEYOND_PEOPLE

    @property
    def _name(self) -> str:
        return f"{self.model._meta.app_label}_{self.model._meta.model_name}"

    def get_urls(self) -> list[URLPattern]:
        return [
            path("<uuid:pk>/decide/", self._posted(self.decide), name=f"{self._name}_decide"),
            path("<uuid:pk>/ask/", self._posted(self.ask), name=f"{self._name}_ask"),
            *super().get_urls(),
        ]

    def _posted(self, act: Callable[[HttpRequest, Any], Any]) -> Any:
        """A view that acts on the object of the page and says how it went."""

        def view(request: HttpRequest, pk: UUID) -> HttpResponse:
            if not request.user.has_perm(MAY_DECIDE):
                raise PermissionDenied
            try:
                message = act(request, get_object_or_404(self.get_queryset(request), pk=pk))
            except Problem as problem:
                self.message_user(request, str(problem.detail), messages.ERROR)
                return redirect(f"admin:{self._name}_change", pk)
            self.message_user(request, message)
            return redirect(f"admin:{self._name}_changelist")

        return self.admin_site.admin_view(require_POST(view))

    def decide(self, request: HttpRequest, obj: Any) -> Any:
        self.judge(obj, request.POST.get("verdict", ""), request.POST.get("note", ""), cast(User, request.user))
        return _("Decided; the citizen can read why.")

    def ask(self, request: HttpRequest, obj: Any) -> Any:
        questions.ask(self.activity_of(obj), request.POST.get("question", ""), cast(User, request.user))
        return _("Asked; the entry stays on hold until you decide.")


class ReasonFilter(admin.SimpleListFilter):
    title = _("reason")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, reasons.name(code)) for code in reasons.codes() if code not in reasons.BEYOND_PEOPLE]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(reason=self.value()) if self.value() else queryset


@admin.register(HeldActivity)
class QueueAdmin(Desk):
    """What waits for a person, longest first."""

    list_display = ("why", "day", "what", "partner", "length", "waits_since")
    list_filter = (ReasonFilter, "scenario", "feed")
    list_select_related = ("scenario", "feed")
    ordering = ("created_at",)
    search_fields = ("=id", "=citizen_id")
    actions = ("count_them", "refuse_them")

    def get_queryset(self, request: HttpRequest) -> QuerySet[HeldActivity]:
        queue = super().get_queryset(request).exclude(reason__in=reasons.BEYOND_PEOPLE)
        return queue if request.resolver_match and request.resolver_match.kwargs else queue.filter(status="held")

    @admin.display(description=_("reason"), ordering="reason")
    def why(self, activity: Activity) -> str:
        return reasons.name(activity.reason) if activity.reason else "–"

    @admin.display(description=_("day"), ordering="city_day")
    def day(self, activity: Activity) -> date:
        return activity.city_day

    @admin.display(description=_("scenario"), ordering="scenario")
    def what(self, activity: Activity) -> str:
        return str(activity.scenario)

    @admin.display(description=_("source"), ordering="feed")
    def partner(self, activity: Activity) -> str:
        return activity.feed.code

    @admin.display(description=_("distance"), ordering="distance_m")
    def length(self, activity: Activity) -> str:
        return "–" if activity.distance_m is None else f"{activity.distance_m:,} m"

    @admin.display(description=_("waits since"), ordering="created_at")
    def waits_since(self, activity: Activity) -> datetime:
        return activity.created_at

    def activity_of(self, obj: Any) -> Activity:
        return cast(Activity, obj)

    def judge(self, obj: Any, verdict: str, note: str, by: User) -> Decision:
        return decisions.decide(obj, verdict, note, by)

    @admin.action(description=_("Count the selected ones"), permissions=["decide"])
    def count_them(self, request: HttpRequest, queryset: QuerySet[HeldActivity]) -> None:
        self._decide_all(request, queryset, Activity.Status.ACCEPTED, str(_("Looked at by the city and found right.")))

    @admin.action(description=_("Do not count the selected ones"), permissions=["decide"])
    def refuse_them(self, request: HttpRequest, queryset: QuerySet[HeldActivity]) -> None:
        self._decide_all(request, queryset, Activity.Status.REJECTED, str(_("Looked at by the city and not counted.")))

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MAY_DECIDE)

    def _decide_all(self, request: HttpRequest, queryset: QuerySet[HeldActivity], verdict: str, note: str) -> None:
        done = 0
        for activity in queryset:
            try:
                decisions.decide(activity, verdict, note, cast(User, request.user))
                done += 1
            except Problem as problem:
                self.message_user(request, f"{activity}: {problem.detail}", messages.ERROR)
        self.message_user(request, _("%(count)s decided.") % {"count": done})


@admin.register(Appeal)
class AppealAdmin(Desk):
    """What citizens object to, longest waiting first."""

    list_display = ("why", "verdict", "asked_at", "answered", "outcome")
    list_filter = (("decision", admin.EmptyFieldListFilter), "against")
    list_select_related = ("decision",)
    ordering = ("created_at",)
    search_fields = ("=id", "=activity_id", "=citizen_id")

    def get_urls(self) -> list[URLPattern]:
        return [path("figures/", self.admin_site.admin_view(require_safe(self.figures)), name="rule_figures"),
                *super().get_urls()]  # fmt: skip

    @admin.display(description=_("reason"), ordering="reason")
    def why(self, appeal: Appeal) -> str:
        return reasons.name(appeal.reason) if appeal.reason else str(_("an error in what counts"))

    @admin.display(description=_("appealed"), ordering="created_at")
    def asked_at(self, appeal: Appeal) -> datetime:
        return appeal.created_at

    @admin.display(description=_("verdict"), ordering="against")
    def verdict(self, appeal: Appeal) -> str:
        return appeal.get_against_display()

    @admin.display(description=_("answered"), boolean=True, ordering="decision")
    def answered(self, appeal: Appeal) -> bool:
        return appeal.decision is not None

    @admin.display(description=_("outcome"))
    def outcome(self, appeal: Appeal) -> str:
        return appeal.decision.get_verdict_display() if appeal.decision else "–"

    def open_to_people(self, activity: Activity) -> bool:
        """Every appeal gets an answer, if only that it is the partner who must correct it."""
        return True

    def activity_of(self, obj: Any) -> Activity:
        return get_object_or_404(Activity, pk=obj.activity_id, citizen_id=obj.citizen_id)

    def judge(self, obj: Any, verdict: str, note: str, by: User) -> Decision:
        return appeals.answer(obj.pk, verdict, note, by)

    def figures(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": str(_("How often each rule was wrong")),
            "opts": self.model._meta,
            "days": FIGURES_DAYS,
            "rules": figures.of_rules(timezone.now() - timedelta(days=FIGURES_DAYS)),
        }
        return TemplateResponse(request, "admin/activities/figures.html", context)
