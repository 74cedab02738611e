"""The pulling door: pages of a partner's API, each a delivery. Where we are moves in the transaction that keeps one."""

import codecs
import copy
import io
from collections.abc import Callable, Iterator
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

from activities.intake import declarations, deliveries, formats, json_text, leases, readers, walks
from activities.intake.cells import Cells, spell
from activities.intake.declarations import Pages, Pull
from activities.intake.problems import Refused
from activities.intake.rows import Row
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
    parameters: dict[str, str | int]
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
    delivery, _new = deliveries.receive(feed, Delivery.Door.PULL, page.name, io.BytesIO(content), made_at)
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
    """When the partner says that the page was made, else when it was answered.

    Of the second that `Date` names, our clock tells which part: pages of one second are in the order of their answers.
    """
    now = timezone.now()
    if changed := _read_date(answer.headers.get("last-modified", "")):
        return changed
    date = _read_date(answer.headers.get("date", ""))
    return min(max(now, date), date + timedelta(microseconds=999_999)) if date else now


def _read_date(text: str) -> datetime | None:
    with suppress(ValueError, OverflowError):
        told = parsedate_to_datetime(text)
        return told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
    return None


def _has_rows(feed: Feed, content: bytes) -> bool:
    """False for an answer that says that there are none. One that cannot be read is kept, and refused in the open."""
    if not content.strip():
        return False
    try:
        return next(_each_row(feed, content), None) is not None
    except Refused:
        return True


def _each_row(feed: Feed, content: bytes) -> Iterator[Row]:
    """Raises Refused, also later on."""
    stream = readers.open_stream(io.BytesIO(content), len(content), formats.parse(feed.format))
    return (row for _line, row in stream.items)


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
        if self.declared.style in ("window", "hours"):
            return self._choose_time(position)
        return self._choose_page(self.declared, walks.read(position).at if self.declared.newest_first else position)

    def _choose_page(self, pages: Pages | Pull, at: str) -> Page:
        parameters: dict[str, str | int] = {pages.size_parameter: pages.size} if pages.size_parameter else {}
        if pages.style == "link":
            url = at or self.declared.url
            return Page(url, {} if at else parameters, url.removeprefix(self.declared.url) or "start")
        if pages.style == "number":
            parameters[pages.parameter] = int(at or pages.first)
        elif at:
            parameters[pages.parameter] = at
        return Page(self.declared.url, parameters, f"{pages.parameter}={parameters.get(pages.parameter, 'start')}")

    def _choose_time(self, position: str) -> Page:
        declared, (begin, at) = self.declared, self._read_time(position)
        end = begin + self._step()
        if timezone.now() < end + timedelta(minutes=declared.lag_minutes):
            raise NotYet
        parameters = {declared.parameter: _spell_time(begin, declared.time_format)}
        if declared.style == "window":
            parameters[declared.until_parameter] = _spell_time(end, declared.time_format)
        name = "&".join(f"{name}={value}" for name, value in parameters.items())
        if declared.pages is None:
            return Page(declared.url, parameters, name)
        inner = self._choose_page(declared.pages, at)
        if declared.pages.style == "link" and at:  # the partner's address has it all
            return Page(inner.url, {}, f"{name}&{inner.name}")
        return Page(declared.url, parameters | inner.parameters, f"{name}&{inner.name}")

    def _read_time(self, position: str) -> tuple[datetime, str]:
        """Where a stretch of time begins, and the page within it."""
        begin, _, at = position.partition(" ")
        return datetime.fromisoformat(begin or self.declared.start).astimezone(UTC), at

    def _step(self) -> timedelta:
        return timedelta(hours=1) if self.declared.style == "hours" else timedelta(minutes=self.declared.step_minutes)

    def get(self, page: Page) -> tuple[requests.Response, bytes]:
        """The answer and its body. Raises NotYet, Unavailable."""
        if urlsplit(page.url)[:2] != urlsplit(self.declared.url)[:2]:
            # another host, or without TLS: the key stays here
            raise Unavailable(f"the next page is elsewhere: {page.url}")
        with self._ask(page) as answer:
            if self.declared.style == "hours" and answer.status_code in (202, 404):
                raise NotYet  # not ready; not over
            if answer.status_code == 204:
                return answer, b""
            _check(answer)
            return answer, _read(answer)

    def _ask(self, page: Page) -> requests.Response:
        """What is sent by POST are the parameters in the document that is declared; a dot leads into it."""
        told: dict[str, Any] = {"timeout": TIMEOUT_S, "stream": True, "allow_redirects": False}
        if self.declared.method == "get":
            return self.session.get(page.url, params=page.parameters, **told)
        document = copy.deepcopy(self.declared.body)
        for name, value in page.parameters.items():
            *path, last = name.split(".")
            inner = document
            for step in path:
                inner = inner.setdefault(step, {})
            inner[last] = value
        return self.session.post(page.url, json=document, **told)

    def follow(self, position: str, answer: requests.Response, content: bytes, rows: bool) -> tuple[str, bool]:
        """Where to go on, and whether at once."""
        declared = self.declared
        if declared.style in ("window", "hours"):
            begin, at = self._read_time(position)
            following = self._following(declared.pages, at, answer, content, rows) if declared.pages else ""
            return (f"{begin.isoformat()} {following}", True) if following else (self._after(begin), True)
        if declared.newest_first:
            walk = walks.read(position)
            following = self._following(declared, walk.at, answer, content, rows) if rows else ""
            walk, more = walk.follow(_each_row(self.feed, content) if rows else (), following)
            return walk.spell(), more
        if declared.style == "number":
            page = int(position or declared.first)
            # the last page is looked at again, since it may have grown: an empty one leads back to the one before
            return (str(page + 1), True) if rows else (str(max(page - 1, declared.first)), False)
        # the last page is looked at again, since it may have grown; some hand out a new cursor for ever
        following = self._following(declared, position, answer, content, rows)
        return following or position, bool(following) and rows

    def _after(self, begin: datetime) -> str:
        return (begin + self._step()).isoformat()

    def _following(self, pages: Pages | Pull, at: str, answer: requests.Response, content: bytes, rows: bool) -> str:
        """The page after this one; "" where it is the last."""
        if pages.style == "number":
            return str(int(at or pages.first) + 1) if rows else ""
        if pages.style == "link" and not pages.next:
            found = answer.links.get("next", {}).get("url", "")
        else:
            found = _look(content, pages.next)
        following = urljoin(answer.url, found) if pages.style == "link" and found else found
        return "" if following == at else following


def _look(content: bytes, path: str) -> str:
    try:
        _name, body = next(unpack(io.BytesIO(content), len(content)))
        text = body.read().removeprefix(codecs.BOM_UTF8)
        document: Any = json_text.decode(text) if text.strip() else {}
    except (msgspec.DecodeError, Refused) as error:
        raise Unavailable(f"the page is not JSON: {error}") from error
    return spell(Cells(None).value(path)(document))


def _spell_time(instant: datetime, declared: str) -> str | int:
    if declared in ("epoch_s", "epoch_ms"):
        return int(instant.timestamp()) * (1000 if declared == "epoch_ms" else 1)
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
