"""The customer's own page at the partners: what is connected, and withdrawing it."""

from allauth.idp.oidc.models import Token
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from sandbox.server import branding
from sandbox.server.partners import BRANDS


@login_required
def connected(request: HttpRequest) -> HttpResponse:
    clients = set(Token.objects.valid().filter(user=request.user).values_list("client_id", flat=True))
    rows = [(brand, branding.name(brand)) for brand in BRANDS.values() if brand.client_id in clients]
    return render(request, "partner/connected.html", {"rows": rows})


@login_required
@require_POST
def withdraw(request: HttpRequest, client_id: str) -> HttpResponse:
    Token.objects.filter(user=request.user, client_id=client_id).delete()
    return redirect("connected")
