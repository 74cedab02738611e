"""Pages of notices: the inbox, how one wants to be told, and the link that ends e-mails."""

import json
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import citizens
from accounts.models import Citizen
from config import problems
from config.problems import Problem
from dashboard.notifications import inbox, kinds, push, wishes
from dashboard.notifications.forms import WishesForm
from dashboard.notifications.models import Channel
from dashboard.pages import citizen_page

SHOWN = 50


@never_cache
@require_safe
@citizen_page
def notices(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    told = [(notice, kinds.words(notice.kind, notice.facts)) for notice in inbox.of(citizen.pk)[:SHOWN]]
    return render(request, "notifications/notices.html", {"told": told, "shown": SHOWN})


@require_POST
@citizen_page
def read(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    inbox.mark_read(citizen.pk)
    return redirect("notices")


@require_safe
@citizen_page
def follow(request: HttpRequest, citizen: Citizen, notice_id: UUID) -> HttpResponse:
    """Marks the notice as read and goes where it leads."""
    notice = inbox.of(citizen.pk).filter(pk=notice_id).first()
    if notice is None:
        raise Http404
    inbox.mark_read(citizen.pk, notice_id)
    return redirect(kinds.words(notice.kind, notice.facts).url)


@require_http_methods(["GET", "HEAD", "POST"])
@citizen_page
def settle(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    if request.POST.get("none") in Channel.values:
        wishes.end(citizen.pk, request.POST["none"])
        messages.success(request, _("Saved."))
        return redirect("notice_settings")
    form = WishesForm(citizen.pk, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        quiet = form.cleaned_data["quiet_from"], form.cleaned_data["quiet_to"]
        wishes.save(citizen.pk, form.table(), quiet)
        citizens.keep_language(citizen)
        messages.success(request, _("Saved."))
        return redirect("notice_settings")
    context = {
        "form": form,
        "has_mail": bool(citizen.user and citizen.user.email),
        "push_key": settings.VAPID_PUBLIC_KEY,
    }
    return render(request, "notifications/settings.html", context)


@require_http_methods(["POST", "DELETE"])
@citizen_page
def push_subscription(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """The browser's subscription, as `PushSubscription.toJSON()` gives it."""
    try:
        content = json.loads(request.body)
        if request.method == "DELETE":
            push.unsubscribe(citizen, str(content["endpoint"]))
        else:
            push.subscribe(citizen, content)
            citizens.keep_language(citizen)
    except (ValueError, KeyError, TypeError):
        return problems.respond(push.SubscriptionUnfit())
    except Problem as problem:
        return problems.respond(problem)
    return HttpResponse(status=204)


@csrf_exempt  # mail programs post without a cookie: the signed token is the proof (RFC 8058)
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    try:
        citizen_id = wishes.read_token(token)
    except signing.BadSignature:
        raise Http404 from None
    if request.method == "POST":
        wishes.end(citizen_id, Channel.EMAIL)
    return render(request, "notifications/unsubscribe.html", {"done": request.method == "POST"})
