"""The webhook door: signed bodies by the Standard Webhooks specification. Accept fast, work later.

`webhook-id` is the idempotency key, `webhook-timestamp` must be within five minutes, `webhook-signature` is
an HMAC-SHA256 over id, timestamp and raw body with one of the feed's secrets (several while they rotate).
"""

import logging
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.conf import settings
from django.db import Error, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from activities import jobs
from activities.intake import deliveries, formats, json_text
from activities.intake.deliveries import BodyTooLarge, StoreUnavailable
from activities.models import Delivery, Feed
from config import problems
from config.problems import Problem

log = logging.getLogger(__name__)

RETRY_AFTER_S = 60
ENVELOPE = {"type", "timestamp", "data"}
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""What is said to have been made before is another format, or an empty date."""


class FeedUnknown(Problem):
    status, code, title = 404, "feed_unknown", _("There is no such feed.")


class SignatureInvalid(Problem):
    status, code, title = 401, "signature_invalid", _("The signature or the timestamp is not valid.")


class TimestampOutOfRange(Problem):
    code, title = "timestamp_out_of_range", _("The timestamp of the envelope is before the year 2000.")


class RowsMissing(Problem):
    code, title = "rows_missing", _("The body has no rows: send an object, a list of them, or `data` with either.")


@csrf_exempt
@require_POST
@transaction.non_atomic_requests
def receive(request: HttpRequest, feed_code: str) -> HttpResponse:
    """202 with the delivery's id once it is committed; the same webhook again is answered the same."""
    try:
        delivery, new = _accept(request, feed_code)
    except Problem as problem:
        return problems.respond(problem)
    except (Error, OSError):  # a full disk, a database that restarts: the transaction left nothing
        log.exception("a webhook of %s could not be kept", feed_code)
        return problems.respond(StoreUnavailable(), headers={"Retry-After": str(RETRY_AFTER_S)})
    told_at = reverse("receipt", args=[feed_code, delivery.pk])
    return JsonResponse({"delivery": str(delivery.pk), "new": new}, status=202, headers={"Location": told_at})


def _accept(request: HttpRequest, feed_code: str) -> tuple[Delivery, bool]:
    limit = settings.WEBHOOK_BODY_MAX_BYTES
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told[:20]) > limit:
        raise BodyTooLarge(_("At most %(limit)s bytes are accepted.") % {"limit": limit})
    feed, body = find_feed(feed_code), request.body
    verify(feed, body, request.headers)
    _check_rows(feed, body)
    name, made_at = request.headers["webhook-id"], _made_at(request.headers, body)
    with transaction.atomic():
        delivery, new = deliveries.receive(feed, Delivery.Door.WEBHOOK, name, body, made_at)
        if new:
            jobs.queue_digestion(delivery)
    return delivery, new


def _check_rows(feed: Feed, body: bytes) -> None:
    """Raises RowsMissing for a body that cannot have rows, whatever is declared. What is no JSON is told of later."""
    if not body.strip():
        raise RowsMissing
    with suppress(msgspec.DecodeError):
        found = json_text.decode(body)
        if isinstance(found, dict) and ENVELOPE.issuperset(found):
            found = found.get("data", found)
        if not isinstance(found, dict | list) or (isinstance(found, list) and not _may_be_rows(found, feed)):
            raise RowsMissing


def _may_be_rows(found: list[Any], feed: Feed) -> bool:
    """Objects; lists of cells only where the format names them, or counts them."""
    if not found or any(isinstance(row, dict) for row in found):
        return True
    declared = formats.of_webhook(formats.parse(feed.format))
    named = bool(declared.container.columns) or any(name.isdecimal() for name in declared.columns)
    return named and any(isinstance(row, list) for row in found)


def find_feed(code: str) -> Feed:
    """Raises FeedUnknown."""
    feed = Feed.objects.select_related("partner").filter(code=code).first()
    if feed is None:
        raise FeedUnknown
    return feed


class _Envelope(msgspec.Struct):
    """What a Standard Webhooks body says of itself."""

    type: str
    data: msgspec.Raw
    timestamp: datetime


def _made_at(headers: Mapping[str, str], body: bytes) -> datetime:
    """When the message was made: the envelope says it, and the header says when it was last tried to be sent.

    Raises TimestampOutOfRange.
    """
    with suppress(msgspec.DecodeError):
        told: datetime = json_text.decode(body, type=_Envelope).timestamp
        if told.tzinfo is not None and told < EARLIEST:
            raise TimestampOutOfRange(fields={"timestamp": told.isoformat()})
        if told.tzinfo is not None:
            return told
    return datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)


def verify(feed: Feed, body: bytes, headers: Mapping[str, str]) -> None:
    """Raises SignatureInvalid where none of the feed's secrets signed the raw body within the last minutes."""
    reason, signed = "the feed has no webhook secret", {name.lower(): value for name, value in headers.items()}
    if not signed.get("webhook-timestamp", "").isdecimal():
        raise SignatureInvalid("webhook-timestamp is not in whole seconds since 1970")
    for secret in feed.secrets.split():
        try:
            Webhook(secret).verify(body, signed, json_parse=False)
        except (WebhookVerificationError, ValueError, OverflowError) as error:
            reason = str(error)
        else:
            return
    raise SignatureInvalid(reason)
