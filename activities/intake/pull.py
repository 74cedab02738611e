"""The pulling door: pages of a partner's API, each a delivery. Where we are moves in the transaction that keeps one."""

import codecs
import io
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import msgspec
import requests
from django.conf import settings
from django.db import OperationalError, transaction
from django.utils import timezone

from activities.intake import declarations, deliveries, formats, json_text, leases, readers
from activities.intake.cells import Cells, spell
from activities.intake.declarations import Pull
from activities.intake.problems import Refused
from activities.intake.unpacking import unpack
from activities.models import Delivery, Feed, PullState

PAGES_AT_ONCE = 500
TIMEOUT_S = 60
SECONDS_DIGITS = 12
"""As many digits as a number of seconds may have in Retry-After."""
PIECE_BYTES = 1_048_576


class Page(NamedTuple):
    """What to ask for: the address, the parameters, and the name under which its answer is kept."""

    url: str
    parameters: dict[str, str]
    name: str


class NotYet(Exception):  # noqa: N818  it is no error
    """The partner has nothing more now."""


class Unavailable(Exception):  # noqa: N818
    """The partner did not answer as it should; `retry_after_s` where it said when to come back."""

    def __init__(self, problem: str, retry_after_s: int | None = None) -> None:
        super().__init__(problem)
        self.retry_after_s = retry_after_s


NOT_NOW = (
    *(Unavailable, requests.RequestException, OperationalError),
    *(deliveries.FeedClosed, deliveries.BodyTooLarge),
)


def pull(feed: Feed, digest: Callable[[Delivery], None], alone: bool = False) -> int:
    """Fetch what there is, and hand each kept page to `digest`; return how many pages.

    0 where another is at it; with `alone` nobody else can be, and what is held was held by one that died.
    """
    state = leases.take(feed, alone)
    if state is None:
        return 0
    declared = declarations.parse_pull(feed.pull)
    kept = 0
    try:
        fetcher = _Fetcher(feed, declared)
        for _number in range(PAGES_AT_ONCE):
            delivery, more = _take_page(feed, state, fetcher, digest)
            kept += delivery is not None
            if not more:
                break
    except NotYet:
        pass
    except NOT_NOW as problem:
        leases.postpone(state, str(problem), getattr(problem, "retry_after_s", None))
        return kept
    leases.finish(state, declared.every_minutes)
    return kept


def fetch_first(feed: Feed) -> bytes:
    """The first page; nothing is kept. Raises NotYet, Unavailable."""
    fetcher = _Fetcher(feed, declarations.parse_pull(feed.pull))
    _answer, content = fetcher.get(fetcher.choose(""))
    return content


def _take_page(
    feed: Feed, state: PullState, fetcher: "_Fetcher", digest: Callable[[Delivery], None]
) -> tuple[Delivery | None, bool]:
    """Fetch one page and keep it; whether there is more. The network is waited for outside the transaction."""
    page = fetcher.choose(state.position)
    answer, content = fetcher.get(page)
    rows = _has_rows(feed, content)
    position, more = fetcher.follow(state.position, answer, content, rows)
    with transaction.atomic():
        if not leases.advance(state, position):
            raise NotYet
        delivery = _keep(feed, page, content, _made_at(answer)) if rows else None
        if delivery is not None:
            digest(delivery)
    return delivery, more


def _keep(feed: Feed, page: Page, content: bytes, made_at: datetime) -> Delivery | None:
    """The page as a delivery; None where the last look at this page brought the very same."""
    delivery, _new = deliveries.receive(feed, Delivery.Door.PULL, page.name[-128:], io.BytesIO(content), made_at)
    before = Delivery.objects.filter(feed=feed, door=Delivery.Door.PULL, external_id=delivery.external_id)
    told = {bytes(digest) for digest in before.exclude(pk=delivery.pk).values_list("content_sha256", flat=True)}
    if bytes(delivery.content_sha256) in told:
        delivery.delete()
        return None
    if told:
        delivery.read_again = True
        delivery.save(update_fields=["read_again"])
    return delivery


def _made_at(answer: requests.Response) -> datetime:
    """When the partner says that the page was made, else when it was answered."""
    for name in ("last-modified", "date"):
        with suppress(ValueError, OverflowError):
            told = parsedate_to_datetime(answer.headers.get(name, ""))
            return told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
    return timezone.now()


def _has_rows(feed: Feed, content: bytes) -> bool:
    """False for an answer that says that there are none. One that cannot be read is kept, and refused in the open."""
    if not content.strip():
        return False
    try:
        stream = readers.open_stream(io.BytesIO(content), len(content), formats.parse(feed.format))
        return next(stream.items, None) is not None
    except Refused:
        return True


class _Fetcher:
    """Asks for the pages of one feed."""

    def __init__(self, feed: Feed, declared: Pull) -> None:
        self.feed, self.declared = feed, declared
        self.session = requests.Session()
        self.session.headers.update({"Accept": declared.accept, **self._authorise()})

    def _authorise(self) -> dict[str, str]:
        auth, partner = self.declared.auth, self.feed.partner
        if auth.kind == "none":
            return {}
        if auth.kind == "header":
            return {auth.header: f"{auth.prefix}{self.feed.key}"}
        answer = requests.post(
            auth.token_url,
            data={"grant_type": "client_credentials", "scope": auth.scope},
            auth=(partner.client_id, partner.client_secret),
            timeout=TIMEOUT_S,
        )
        _check(answer)
        token = answer.json().get("access_token") if "json" in answer.headers.get("content-type", "") else None
        if not token:
            raise Unavailable("the token endpoint gave no access_token")
        return {"Authorization": f"Bearer {token}"}

    def choose(self, position: str) -> Page:
        """The page to ask for. Raises NotYet."""
        declared = self.declared
        if declared.style in ("window", "hours"):
            return self._choose_time(position)
        parameters = {declared.size_parameter: str(declared.size)} if declared.size_parameter else {}
        if declared.style == "link":
            url = position or declared.url
            return Page(url, {} if position else parameters, url.removeprefix(declared.url) or "start")
        value = position or (str(declared.first) if declared.style == "number" else "")
        if value:
            parameters[declared.parameter] = value
        return Page(declared.url, parameters, f"{declared.parameter}={value or 'start'}")

    def _choose_time(self, position: str) -> Page:
        declared, begin = self.declared, datetime.fromisoformat(position or self.declared.start).astimezone(UTC)
        end = begin + self._step()
        if timezone.now() < end + timedelta(minutes=declared.lag_minutes):
            raise NotYet
        parameters = {declared.parameter: _spell_time(begin, declared.time_format)}
        if declared.style == "window":
            parameters[declared.until_parameter] = _spell_time(end, declared.time_format)
        return Page(declared.url, parameters, "&".join(f"{name}={value}" for name, value in parameters.items()))

    def _step(self) -> timedelta:
        return timedelta(hours=1) if self.declared.style == "hours" else timedelta(minutes=self.declared.step_minutes)

    def get(self, page: Page) -> tuple[requests.Response, bytes]:
        """The answer and its body. Raises NotYet, Unavailable."""
        if (
            urlsplit(page.url)[:2] != urlsplit(self.declared.url)[:2]
        ):  # another host, or without TLS: the key stays here
            raise Unavailable(f"the next page is elsewhere: {page.url}")
        with self.session.get(
            page.url, params=page.parameters, timeout=TIMEOUT_S, stream=True, allow_redirects=False
        ) as answer:
            if self.declared.style == "hours" and answer.status_code in (202, 404):
                raise NotYet  # not ready; not over
            if answer.status_code == 204:
                return answer, b""
            _check(answer)
            return answer, _read(answer)

    def follow(self, position: str, answer: requests.Response, content: bytes, rows: bool) -> tuple[str, bool]:
        """Where to go on, and whether at once."""
        declared = self.declared
        if declared.style in ("window", "hours"):
            begin = datetime.fromisoformat(position or declared.start).astimezone(UTC)
            return (begin + self._step()).isoformat(), True
        if declared.style == "number":
            page = int(position or declared.first)
            # the last page is looked at again, since it may have grown: an empty one leads back to the one before
            return (str(page + 1), True) if rows else (str(max(page - 1, declared.first)), False)
        following = self._next(answer, content)
        if not following or following == position:
            return position, False  # the last page is looked at again, since it may have grown
        return following, rows  # some hand out a new cursor for ever

    def _next(self, answer: requests.Response, content: bytes) -> str:
        declared = self.declared
        if declared.style == "link" and not declared.next:
            found = answer.links.get("next", {}).get("url", "")
        else:
            found = _look(content, declared.next)
        return urljoin(answer.url, found) if declared.style == "link" and found else found


def _look(content: bytes, path: str) -> str:
    try:
        _name, body = next(unpack(io.BytesIO(content), len(content)))
        text = body.read().removeprefix(codecs.BOM_UTF8)
        document: Any = json_text.decode(text) if text.strip() else {}
    except (msgspec.DecodeError, Refused) as error:
        raise Unavailable(f"the page is not JSON: {error}") from error
    return spell(Cells(None).value(path)(document))


def _spell_time(instant: datetime, declared: str) -> str:
    if declared in ("epoch_s", "epoch_ms"):
        return str(int(instant.timestamp()) * (1000 if declared == "epoch_ms" else 1))
    return instant.isoformat() if declared == "iso" else instant.strftime(declared)


def _check(answer: requests.Response) -> None:
    if answer.status_code == 200:
        return
    wait = _retry_after_s(answer.headers.get("retry-after", "")) if answer.status_code in (429, 503) else None
    raise Unavailable(f"{answer.status_code} from {urlsplit(answer.url).netloc}", wait)


def _retry_after_s(text: str) -> int | None:
    if text.isdecimal() and len(text) <= SECONDS_DIGITS:
        return int(text)
    try:
        return int((parsedate_to_datetime(text) - timezone.now()).total_seconds())
    except (ValueError, TypeError):
        return None


def _read(answer: requests.Response) -> bytes:
    body = bytearray()
    for piece in answer.iter_content(PIECE_BYTES):
        body += piece
        if len(body) > settings.INTAKE_PAGE_MAX_BYTES:
            raise Unavailable(f"the page is larger than {settings.INTAKE_PAGE_MAX_BYTES} bytes")
    return bytes(body)
