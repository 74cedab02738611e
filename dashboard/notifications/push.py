"""Web push (RFC 8030, 8291, 8292): encrypted for one browser, signed by our VAPID key."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from enum import Enum, auto
from functools import partial
from typing import Any
from uuid import UUID

import requests
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pywebpush import WebPushException, webpush

from accounts.models import Citizen
from config import secrecy
from config.problems import Problem
from dashboard.notifications import kinds
from dashboard.notifications.letters import Letter, Send
from dashboard.notifications.models import Notice, Subscription

BROWSERS_MAX = 10
LIFE_S = 86_400
GONE = {404, 410}
ADDRESS = re.compile(r"(https?://[a-z0-9.-]+(?::[0-9]+)?)/[A-Za-z0-9_.~:/?=&%+!,;-]*")
"""An origin and a path in letters that every reader of addresses takes apart alike: no `@`, no backslash, no blank."""
AT_ONCE = 16


class Outcome(Enum):
    TAKEN = auto()
    GONE = auto()
    FAILED = auto()


class PushUnavailable(Problem):
    status, code, title = 404, "push_unavailable", gettext_lazy("Push messages are not set up in this city.")


class SubscriptionUnfit(Problem):
    code, title = "subscription_unfit", gettext_lazy("This browser's push service is not one that we send to.")


def is_set_up() -> bool:
    """Whether this city has a key pair for web push."""
    return bool(settings.VAPID_PRIVATE_KEY)


def subscribe(citizen: Citizen, content: Any) -> Subscription:
    """Keep a browser's subscription; the same again is the same. Raises PushUnavailable or SubscriptionUnfit."""
    if not is_set_up():
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


@contextmanager
def opened() -> Iterator[Send]:
    """AT_ONCE messages are under way at a time: push services are far away and each takes its time."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield partial(_send, pool)


def _send(pool: ThreadPoolExecutor, letters: list[Letter]) -> Iterator[tuple[Letter, bool]]:
    """Whether at least one browser of each took it. Subscriptions that are gone are removed."""
    browsers = defaultdict(list)
    for one in Subscription.objects.filter(citizen_id__in=[letter.citizen.pk for letter in letters]):
        browsers[one.citizen_id].append(one)
    for first in range(0, len(letters), AT_ONCE):
        some = letters[first : first + AT_ONCE]
        under_way = [(letter, _start(pool, letter, browsers[letter.citizen.pk])) for letter in some]
        for letter, started in under_way:
            outcomes = [(one, outcome.result()) for one, outcome in started]
            gone = [one.pk for one, outcome in outcomes if outcome is Outcome.GONE]
            if gone:
                Subscription.objects.filter(pk__in=gone).delete()
            yield letter, any(outcome is Outcome.TAKEN for _one, outcome in outcomes)


def _start(
    pool: ThreadPoolExecutor, letter: Letter, browsers: list[Subscription]
) -> list[tuple[Subscription, Future[Outcome]]]:
    with translation.override(letter.language):
        payload = json.dumps(_message(letter.notices))
    return [(one, pool.submit(_deliver, one.content, payload)) for one in browsers]


def _message(notices: list[Notice]) -> dict[str, str]:
    if len(notices) == 1:
        told = kinds.words(notices[0].kind, notices[0].facts)
        return {"title": told.title, "body": told.text, "url": told.url, "tag": str(notices[0].pk)}
    title = _("%(count)s new notices") % {"count": len(notices)}
    first = kinds.words(notices[0].kind, notices[0].facts)
    return {"title": title, "body": first.title, "url": "/notices/", "tag": str(notices[0].pk)}


def _deliver(subscription: str, payload: str) -> Outcome:
    """In a thread of its own, so it touches no database."""
    try:
        with requests.Session() as session:
            session.max_redirects = 0  # nowhere else, whatever the service answers
            webpush(
                _checked(json.loads(subscription)),
                payload,
                vapid_private_key=settings.VAPID_PRIVATE_KEY,
                vapid_claims={"sub": settings.VAPID_CONTACT},
                ttl=LIFE_S,
                timeout=10,
                requests_session=session,
            )
        return Outcome.TAKEN
    except WebPushException as problem:
        if problem.response is not None and problem.response.status_code in GONE:
            return Outcome.GONE
    except SubscriptionUnfit:  # kept while another service was known
        return Outcome.GONE
    except (requests.RequestException, ValueError):  # unreachable, or keys that are none
        pass
    return Outcome.FAILED


def forget(citizen_id: UUID) -> None:
    Subscription.objects.filter(citizen_id=citizen_id).delete()


def _digest(endpoint: str) -> bytes:
    return secrecy.digest("push", endpoint)
