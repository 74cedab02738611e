"""The words of a partners' file: partners, contracts, feeds, and the doors by which a feed's data comes.

A secret is never in the file: it is taken from the environment, or made here and printed once.
"""

from datetime import date, datetime
from typing import Any, Literal

from accounts import partners
from activities.intake.formats import checks, errors
from activities.intake.formats.errors import FormatInvalid
from activities.intake.formats.values import Strict
from activities.intake.formats.vocabulary import Format

SLUG = "abcdefghijklmnopqrstuvwxyz0123456789-"


class Secret(Strict, frozen=True):
    """`env`: the variable that holds it. `generate`: made once, and printed once."""

    env: str = ""
    generate: bool = False


class Auth(Strict, frozen=True):
    """How we show who we are: a token by the partner's client credentials, or the feed's key in a header."""

    kind: Literal["client_credentials", "header", "none"] = "none"
    token_url: str = ""
    scope: str = ""
    header: str = "Authorization"
    prefix: str = "Bearer "


class Pages(Strict, frozen=True):
    """The pages within the answer for one stretch of time: `cursor`, `link` and `number` as in `Pull`."""

    style: Literal["cursor", "link", "number"]
    parameter: str = ""
    next: str = ""
    size_parameter: str = ""
    size: int = 0
    first: int = 1


class Pull(Strict, frozen=True):
    """Pages of the partner's API, fetched one after the other.

    `cursor`: the answer holds the next cursor at `next`, sent back as `parameter`. `link`: the answer holds the next
    address at `next`, or in a Link header. `number`: pages are counted. `window`: from `parameter` to
    `until_parameter`, in steps. `hours`: one answer for each hour of the end of trips, as in MDS. Either may have
    `pages` within. `newest_first`: each look begins at the first page, and ends at a row that the last look saw.
    With `method: post` the parameters are members of a JSON document, beside those of `body`.
    """

    url: str
    style: Literal["cursor", "link", "number", "window", "hours"]
    parameter: str = ""
    until_parameter: str = ""
    next: str = ""
    size_parameter: str = ""
    size: int = 0
    first: int = 1
    start: str = ""
    time_format: str = "iso"
    step_minutes: int = 60
    lag_minutes: int = 10
    every_minutes: int = 15
    accept: str = "application/json"
    auth: Auth = Auth()
    pages: Pages | None = None
    newest_first: bool = False
    method: Literal["get", "post"] = "get"
    body: dict[str, Any] = {}


class Store(Strict, frozen=True):
    """A folder below INTAKE_FOLDER, or an S3-compatible bucket, in which the partner lays files."""

    folder: str = ""
    bucket: str = ""
    prefix: str = ""
    endpoint_url: str = ""
    region: str = ""
    addressing_style: Literal["auto", "path", "virtual"] = "auto"
    access_key: str = ""
    names: str = "*"
    every_minutes: int = 15


class ConsentText(Strict, frozen=True):
    """What a citizen is asked before linking; a text that was published is never changed, it gets the next version."""

    version: int
    reads_zh: str
    reads_en: str
    purpose_zh: str
    purpose_en: str
    retention_zh: str
    retention_en: str


class Contract(Strict, frozen=True):
    """While a partner has contracts, it may deliver only while one of them is in force."""

    number: str
    valid_from: str
    valid_until: str = ""
    claim: Literal["citizen", "city", "partner"] = "citizen"
    note: str = ""


class Supervision(Strict, frozen=True):
    """When the partner's deliveries are stopped by themselves (docs/partners.md)."""

    window_days: int = 7
    rows_min: int = 200
    refused_max_pct: int | None = 90
    quarantine_max_pct: int | None = 20
    duplicates_max_pct: int | None = 80
    volume_drift_max_pct: int | None = None
    distance_drift_max_pct: int | None = None
    silence_max_h: int | None = None


class Partner(Strict, frozen=True):
    """An organisation whose accounts citizens link."""

    code: str
    kind: Literal["bike", "transit", "bank", "health"]
    name_zh: str
    name_en: str
    active: bool = True
    issuer_url: str | None = None
    client_id: str = ""
    client_secret: Secret | None = None
    scope: str = "openid"
    consent: ConsentText | None = None
    contracts: tuple[Contract, ...] = ()
    supervision: Supervision | None = None


class Feed(Strict, frozen=True):
    """A stream of one partner's data in one format. `secret` signs webhooks; `key` opens what we pull from."""

    code: str
    partner: str
    format: Format
    active: bool = True
    secret: Secret | None = None
    key: Secret | None = None
    pull: Pull | None = None
    store: Store | None = None


class Document(Strict, frozen=True):
    """A partners' file."""

    partners: tuple[Partner, ...] = ()
    feeds: tuple[Feed, ...] = ()


def parse(declaration: Any) -> Document:
    """The checked document. Raises FormatInvalid with the path, what stands there and what would be right."""
    if not isinstance(declaration, dict):
        raise FormatInvalid("", "the file must be a mapping with `partners` and `feeds`")
    document: Document = errors.convert(declaration, Document)
    for number, partner in enumerate(document.partners):
        _check_partner(partner, f"partners[{number}]")
    for number, feed in enumerate(document.feeds):
        _check_feed(feed, f"feeds[{number}]")
    _check_once([partner.code for partner in document.partners], "partners")
    _check_once([feed.code for feed in document.feeds], "feeds")
    return document


def parse_pull(declaration: Any) -> Pull:
    """Raises FormatInvalid."""
    pull: Pull = errors.convert(declaration, Pull, "pull")
    check_pull(pull, "pull")
    return pull


def parse_store(declaration: Any) -> Store:
    """Raises FormatInvalid."""
    store: Store = errors.convert(declaration, Store, "store")
    check_store(store, "store")
    return store


def _check_once(codes: list[str], path: str) -> None:
    for number, code in enumerate(codes):
        if code in codes[:number]:
            raise FormatInvalid(f"{path}[{number}].code", f"{code!r} comes twice")


def _check_code(code: str, path: str) -> None:
    if not code or len(code) > 50 or not set(code) <= set(SLUG):
        raise FormatInvalid(path, f"{code!r} is not a code: small letters, digits and -, at most 50")


def _check_partner(partner: Partner, path: str) -> None:
    _check_code(partner.code, f"{path}.code")
    if partner.code in partners.RESERVED_CODES:
        raise FormatInvalid(f"{path}.code", f"{partner.code!r} is used for an address of ours")
    if partner.issuer_url:
        _check_url(partner.issuer_url, f"{path}.issuer_url")
    for number, contract in enumerate(partner.contracts):
        where = f"{path}.contracts[{number}]"
        begins, ends = _day(contract.valid_from, f"{where}.valid_from"), None
        if contract.valid_until:
            ends = _day(contract.valid_until, f"{where}.valid_until")
        if ends is not None and ends < begins:
            raise FormatInvalid(f"{where}.valid_until", f"{ends} is before valid_from, {begins}")


def _day(text: str, path: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise FormatInvalid(path, f"{text!r} is not a day like 2026-12-31") from None


def _check_url(url: str, path: str) -> None:
    if not partners.may_be_called(url):
        raise FormatInvalid(path, f"{url!r} is not an address like https://partner.example/trips")


def _check_feed(feed: Feed, path: str) -> None:
    _check_code(feed.code, f"{path}.code")
    try:
        checks.check(feed.format)
    except FormatInvalid as invalid:
        inner = invalid.extra["path"]
        detail = str(invalid.detail).removeprefix(f"{inner}: ")
        raise FormatInvalid(f"{path}.format.{inner}".rstrip("."), detail) from None
    if feed.pull is not None:
        check_pull(feed.pull, f"{path}.pull")
    if feed.store is not None:
        check_store(feed.store, f"{path}.store")


def check_pull(pull: Pull, path: str) -> None:
    """Raises FormatInvalid."""
    _check_url(pull.url, f"{path}.url")
    _check_pages(pull, path)
    if pull.pages is not None:
        if pull.style not in ("window", "hours"):
            raise FormatInvalid(f"{path}.pages", "are within a `window` or `hours`; here the style itself says them")
        _check_pages(pull.pages, f"{path}.pages")
    if pull.newest_first and pull.style in ("window", "hours"):
        raise FormatInvalid(f"{path}.newest_first", "is of a list of pages; stretches of time are asked for in order")
    if pull.body and pull.method == "get":
        raise FormatInvalid(f"{path}.body", "is sent with `method: post` alone")
    if pull.style == "window" and not pull.until_parameter:
        raise FormatInvalid(f"{path}.until_parameter", "style window needs the name of the parameter of its end")
    if pull.style in ("window", "hours"):
        try:
            aware = datetime.fromisoformat(pull.start).tzinfo is not None
        except ValueError:
            aware = False
        if not aware:
            raise FormatInvalid(f"{path}.start", f"{pull.start!r} is not an instant like 2026-08-01T00:00:00+08:00")
    if pull.style in ("window", "hours") and pull.time_format not in ("iso", "epoch_s", "epoch_ms"):
        checks.check_times((pull.time_format,), f"{path}.time_format")
    if min(pull.every_minutes, pull.step_minutes) < 1:
        raise FormatInvalid(f"{path}.every_minutes", "minutes count from 1")
    if pull.auth.kind == "client_credentials":
        _check_url(pull.auth.token_url, f"{path}.auth.token_url")


def _check_pages(pages: Pull | Pages, path: str) -> None:
    if pages.style != "link" and not pages.parameter:
        raise FormatInvalid(f"{path}.parameter", f"style {pages.style} needs the name of the parameter that is sent")
    if pages.style == "cursor" and not pages.next:
        raise FormatInvalid(f"{path}.next", "style cursor needs the path of the next cursor in the answer")


def check_store(store: Store, path: str) -> None:
    """Raises FormatInvalid."""
    if bool(store.folder) == bool(store.bucket):
        raise FormatInvalid(path, "give either `folder` or `bucket`")
    if store.folder.startswith("/") or ".." in store.folder.split("/"):
        raise FormatInvalid(f"{path}.folder", f"{store.folder!r} must stay below the intake folder")
    if store.endpoint_url:
        _check_url(store.endpoint_url, f"{path}.endpoint_url")
