"""Web push (RFC 8030, 8291, 8292): encrypted for one browser, signed by our VAPID key."""

import json
import re
from typing import Any
from uuid import UUID

import requests
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pywebpush import WebPushException, webpush

from accounts.models import Citizen
from config import secrecy
from config.problems import Problem
from dashboard.notifications import kinds
from dashboard.notifications.models import Notice, Subscription

BROWSERS_MAX = 10
LIFE_S = 86_400
GONE = {404, 410}
ADDRESS = re.compile(r"(https?://[a-z0-9.-]+(?::[0-9]+)?)/[A-Za-z0-9_.~:/?=&%+!,;-]*")
"""An origin and a path in letters that every reader of addresses takes apart alike: no `@`, no backslash, no blank."""


class PushUnavailable(Problem):
    status, code, title = 404, "push_unavailable", gettext_lazy("Push messages are not set up in this city.")


class SubscriptionUnfit(Problem):
    code, title = "subscription_unfit", gettext_lazy("This browser's push service is not one that we send to.")


def subscribe(citizen: Citizen, content: Any) -> Subscription:
    """Keep a browser's subscription; the same again is the same. Raises PushUnavailable or SubscriptionUnfit."""
    if not settings.VAPID_PRIVATE_KEY:
        raise PushUnavailable
    kept = _checked(content)
    count = Subscription.objects.filter(citizen_id=citizen.pk).count()
    if count >= BROWSERS_MAX:
        Subscription.objects.filter(citizen_id=citizen.pk).earliest("created_at").delete()
    one = Subscription(citizen_id=citizen.pk, endpoint_digest=_digest(kept["endpoint"]))
    one.content = json.dumps(kept)
    values = {"citizen_id": citizen.pk, "content_encrypted": one.content_encrypted}
    found, _created = Subscription.objects.update_or_create(endpoint_digest=one.endpoint_digest, defaults=values)
    return found


def unsubscribe(citizen: Citizen, endpoint: str) -> bool:
    count, _by_model = Subscription.objects.filter(citizen_id=citizen.pk, endpoint_digest=_digest(endpoint)).delete()
    return bool(count)


def _checked(content: Any) -> dict[str, Any]:
    """Only what is needed; an address that is no known push service's is refused, as we shall call it."""
    try:
        endpoint, keys = content["endpoint"], content["keys"]
        kept: dict[str, Any] = {
            "endpoint": str(endpoint),
            "keys": {"p256dh": str(keys["p256dh"]), "auth": str(keys["auth"])},
        }
    except (KeyError, TypeError):
        raise SubscriptionUnfit from None
    address = ADDRESS.fullmatch(kept["endpoint"])
    if len(kept["endpoint"]) > 1000 or not address or not _known(address[1]):
        raise SubscriptionUnfit
    return kept


def _known(origin: str) -> bool:
    return any(_matches(origin, service) for service in settings.PUSH_SERVICES)


def _matches(origin: str, known: str) -> bool:
    """`https://push.example`, or `https://*.push.example` for every host below; a port only where it is named."""
    scheme, _sep, host = known.partition("://")
    if not host.startswith("*."):
        return origin == known
    return origin.startswith(f"{scheme}://") and origin.endswith(host[1:])


def send(citizen: Citizen, notices: list[Notice]) -> bool:
    """Whether at least one browser took it. Subscriptions that are gone are removed."""
    payload = json.dumps(_message(notices))
    taken = [_deliver(one, payload) for one in Subscription.objects.filter(citizen_id=citizen.pk)]
    return any(taken)


def _message(notices: list[Notice]) -> dict[str, str]:
    if len(notices) == 1:
        told = kinds.words(notices[0].kind, notices[0].facts)
        return {"title": told.title, "body": told.text, "url": told.url, "tag": str(notices[0].pk)}
    title = _("%(count)s new notices") % {"count": len(notices)}
    first = kinds.words(notices[0].kind, notices[0].facts)
    return {"title": title, "body": first.title, "url": "/notices/", "tag": str(notices[0].pk)}


def _deliver(subscription: Subscription, payload: str) -> bool:
    try:
        with requests.Session() as session:
            session.max_redirects = 0  # nowhere else, whatever the service answers
            webpush(
                _checked(json.loads(subscription.content)),
                payload,
                vapid_private_key=settings.VAPID_PRIVATE_KEY,
                vapid_claims={"sub": settings.VAPID_CONTACT},
                ttl=LIFE_S,
                timeout=10,
                requests_session=session,
            )
        return True
    except WebPushException as problem:
        if problem.response is not None and problem.response.status_code in GONE:
            subscription.delete()
    except SubscriptionUnfit:  # kept while another service was known
        subscription.delete()
    except (requests.RequestException, ValueError):  # unreachable, or keys that are none
        pass
    return False


def forget(citizen_id: UUID) -> None:
    Subscription.objects.filter(citizen_id=citizen_id).delete()


def _digest(endpoint: str) -> bytes:
    return secrecy.digest("push", endpoint)
