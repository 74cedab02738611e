"""The city desk for feeds and partners' data: formats as YAML, samples tried, files taken in, quality, suspension."""

from typing import Any, BinaryIO, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from activities import jobs
from activities.intake import declarations, deliveries, formats, quality, yaml_text
from activities.intake.drafts import Draft
from activities.intake.mapping import UNTOLD
from activities.intake.preview import Preview, preview
from activities.models import Contract, Delivery, Feed, PullState, Scenario, Supervision
from config.clock import city_zone
from config.problems import Problem
from config.staff_admin import ReadOnly

SAMPLE_ROWS_MAX = 20_000
SHOWN_FIELDS = (
    *("scenario", "external_id", "subject", "half", "started_at", "ended_at", "distance_m", "distance_basis"),
    *("quantity", "amount_fen", "category", "energy_wh", "displacement_m", "revision", "evidence", "place"),
)


class YamlField(forms.CharField):
    """A declaration as YAML (JSON is YAML too); the value is the document."""

    widget = forms.Textarea

    def __init__(self, *, rows: int, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows, "spellcheck": "false", "class": "yaml"}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dict) and "cases" in value:
            value = formats.arrange(value)
        return value if isinstance(value, str) else "" if value is None else yaml_text.dump(value)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return yaml_text.load(text) if text.strip() else None
        except Problem as problem:
            raise ValidationError(str(problem.detail)) from problem

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial) != data)


class FeedForm(forms.ModelForm):
    """The declarations are checked against their vocabulary; secrets are written, never shown."""

    format = YamlField(rows=28, label=_("format"), help_text=_("YAML; every key is in docs/partners.md."))
    pull = YamlField(rows=6, required=False, label=_("pull"))
    store = YamlField(rows=4, required=False, label=_("store"))
    new_secret = forms.CharField(
        label=_("new webhook secret"),
        required=False,
        help_text=_("A new webhook secret (whsec_…). The last one stays valid beside it until the next is set."),
        widget=forms.PasswordInput(render_value=False),
    )
    new_key = forms.CharField(
        label=_("new key"),
        required=False,
        help_text=_("What we show when we pull, or the key of the bucket."),
        widget=forms.PasswordInput(render_value=False),
    )

    class Meta:
        model = Feed
        fields = ("partner", "code", "active", "evidence", "format", "pull", "store")

    def clean_format(self) -> Any:
        return self._check("format", formats.parse)

    def clean_pull(self) -> Any:
        return self._check("pull", declarations.parse_pull)

    def clean_store(self) -> Any:
        return self._check("store", declarations.parse_store)

    def _check(self, name: str, parse: Any) -> Any:
        declared = self.cleaned_data[name]
        if declared is None:
            return None
        try:
            parse(declared)
        except Problem as problem:
            raise ValidationError(str(problem.detail)) from problem
        return declared

    def save(self, commit: bool = True) -> Feed:
        feed: Feed = super().save(commit=False)
        if secret := self.cleaned_data["new_secret"]:
            feed.secrets = "\n".join([secret, *feed.secrets.split()[:1]])
        if key := self.cleaned_data["new_key"]:
            feed.key = key
        if commit:
            feed.save()
        return feed


class SampleForm(forms.Form):
    """A file, and the format to try it with, which need not be the one that is saved."""

    sample = forms.FileField(label=_("file"))
    format = YamlField(rows=22, label=_("format"), help_text=_("Try another one here; it is not saved by trying."))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "format" in values:
            try:
                values["parsed"] = formats.parse(values["format"])
            except Problem as problem:
                self.add_error("format", str(problem.detail))
        return values


@admin.register(Feed)
class FeedAdmin(admin.ModelAdmin):
    form = FeedForm
    list_display = ("code", "partner", "active", "last_delivery", "try_link")
    list_filter = ("partner",)
    change_form_template = "admin/activities/feed/change_form.html"

    class Media:
        css = {"all": ("activities/desk.css",)}

    @admin.display(description=_("last delivery"))
    def last_delivery(self, feed: Feed) -> str:
        last = feed.deliveries.order_by("-id").first()
        return f"{last.received_at.astimezone(city_zone()):%Y-%m-%d %H:%M}" if last else "–"

    @admin.display(description=_("sample"))
    def try_link(self, feed: Feed) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:activities_feed_sample", args=[feed.pk]), _("Try a sample")
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.sample)
        return [path("<int:feed_id>/sample/", view, name="activities_feed_sample"), *super().get_urls()]

    def sample(self, request: HttpRequest, feed_id: int) -> HttpResponse:
        """Show how a file would be understood, or take it in as a delivery."""
        feed = get_object_or_404(Feed.objects.select_related("partner"), pk=feed_id)
        if not self.has_change_permission(request, feed):
            return HttpResponse(status=403)
        form = SampleForm(request.POST or None, request.FILES or None, initial={"format": feed.format})
        form.fields["sample"].required = "save" not in request.POST
        context = {**self.admin_site.each_context(request), "title": _("Try a sample"), "feed": feed, "form": form}
        context |= {"opts": self.opts, "media": self.media + form.media}
        if request.method == "POST" and form.is_valid():
            if "deliver" in request.POST:
                return self._deliver(request, feed, form.cleaned_data["sample"])
            if "save" in request.POST:
                return self._save_format(request, feed, form.cleaned_data["format"])
            context |= _show(form.cleaned_data["sample"], form.cleaned_data["parsed"])
            context["unsaved"] = form.cleaned_data["format"] != feed.format
        return render(request, "admin/activities/feed/sample.html", context)

    def _save_format(self, request: HttpRequest, feed: Feed, declared: Any) -> HttpResponse:
        feed.format = declared
        feed.save(update_fields=["format"])
        self.log_change(request, feed, [{"changed": {"fields": ["format"]}}])
        self.message_user(request, _("The format is saved; what comes from now on is read with it."))
        return HttpResponseRedirect(reverse("admin:activities_feed_sample", args=[feed.pk]))

    def _deliver(self, request: HttpRequest, feed: Feed, sample: UploadedFile) -> HttpResponse:
        try:
            with transaction.atomic():
                delivery, _new = deliveries.receive(
                    feed, Delivery.Door.FILE, str(sample.name)[-128:], cast(BinaryIO, sample.file)
                )
                jobs.queue_digestion(delivery)
        except (Problem, OperationalError) as error:  # such as a full disk
            problem = error if isinstance(error, Problem) else deliveries.StoreUnavailable()
            self.message_user(request, str(problem.detail), messages.ERROR)
            return HttpResponseRedirect(reverse("admin:activities_feed_sample", args=[feed.pk]))
        self.message_user(request, _("The file is kept, and is being taken in with the saved format."))
        return HttpResponseRedirect(reverse("admin:activities_delivery_change", args=[delivery.pk]))


def _show(sample: UploadedFile, declared: formats.Format) -> dict[str, Any]:
    """What the page says of a sample."""
    scenarios = set(Scenario.objects.values_list("code", flat=True))
    try:
        source, name = cast(BinaryIO, sample.file), str(sample.name)
        found = preview(source, sample.size or 0, declared, scenarios, SAMPLE_ROWS_MAX, name)
    except Problem as problem:
        return {"refusal": problem}
    return {
        "found": found,
        "first": [(fate, _tell(fate.draft) if fate.draft else []) for fate in found.first],
        "traits": [(draft.line, draft.traits) for draft, _row in found.drafts if draft.traits][:3],
        "share": _share(found),
        "earliest": found.earliest.astimezone(city_zone()) if found.earliest else None,
        "latest": found.latest.astimezone(city_zone()) if found.latest else None,
        # a template would look up "items" in a counter, and find that there are none
        "reasons": dict(found.reasons),
        "scenarios": dict(found.scenarios),
        "bases": dict(found.bases),
    }


def _share(found: Preview) -> int:
    return round(100 * (found.rows - found.quarantined) / found.rows) if found.rows else 0


def _tell(draft: Draft) -> list[tuple[str, str]]:
    """What a draft says, by the names of its fields."""
    return [(name, text) for name in SHOWN_FIELDS if (text := _cell(draft, name)) not in ("", "0")]


def _cell(draft: Draft, name: str) -> str:
    value = getattr(draft, name)
    if value in (None, UNTOLD) or (draft.action == "cancel" and name == "distance_basis"):
        return ""
    if hasattr(value, "astimezone"):
        return f"{value.astimezone(city_zone()):%Y-%m-%d %H:%M:%S}"
    return str(value)


@admin.register(Contract)
class ContractAdmin(admin.ModelAdmin):
    list_display = ("number", "partner", "valid_from", "valid_until", "claim")
    list_filter = ("partner",)


@admin.register(PullState)
class PullStateAdmin(ReadOnly):
    list_display = ("feed", "position", "pulled_at", "due_at", "failures", "problem")


@admin.register(Supervision)
class SupervisionAdmin(admin.ModelAdmin):
    """A page a partner: what its data is like, when deliveries stop, and a button to go on."""

    list_display = ("partner", "score", "last_delivery", "rows", "quarantined", "suspended_at")
    list_select_related = ("partner",)
    change_form_template = "admin/activities/supervision/change_form.html"
    readonly_fields = ("partner",)

    class Media:
        css = {"all": ("activities/desk.css",)}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        quality.ensure()
        self.measured = quality.measure(Supervision.objects.all())  # of all partners, whoever asks
        return super().changelist_view(request, extra_context)

    @admin.display(description=_("score"))
    def score(self, supervision: Supervision) -> str:
        score = self.measured[supervision.partner_id].score
        return "–" if score is None else str(score)

    @admin.display(description=_("last delivery"))
    def last_delivery(self, supervision: Supervision) -> str:
        last = self.measured[supervision.partner_id].last_delivery
        return f"{last.astimezone(city_zone()):%Y-%m-%d %H:%M}" if last else "–"

    @admin.display(description=_("rows"))
    def rows(self, supervision: Supervision) -> int:
        return self.measured[supervision.partner_id].rows

    @admin.display(description=_("quarantined"))
    def quarantined(self, supervision: Supervision) -> str:
        return f"{self.measured[supervision.partner_id].quarantined_pct:.1f} %"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        supervision = get_object_or_404(Supervision.objects.select_related("partner"), pk=object_id)
        if request.method == "POST" and "lift" in request.POST and self.has_change_permission(request, supervision):
            if quality.lift(supervision):
                self.log_change(request, supervision, "lifted the suspension")
                self.message_user(request, _("The partner may deliver again."))
            return HttpResponseRedirect(request.path)
        found = quality.measure([supervision], days=True)[supervision.partner_id]
        context = {"found": found, "silent": quality.is_silent(supervision, found), "supervision": supervision}
        context |= {"feeds": supervision.partner.feeds.order_by("code"), "title": supervision.partner.name}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})
