"""What was wrong with a row or a body, in the reader's language.

It is written and kept in English, with what stood in the partner's file, for the partner and for us. The desk reads it
by these sentences: what is between their words stays as it is.
"""

import re
from functools import lru_cache

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

ROWS = (
    _("a value is needed"),
    _("%(said)s is not in the table %(table)s"),
    _("%(said)s is not in the feed's map; there are: %(there)s"),
    _("%(said)s is not in, out or tap"),
    _("%(said)s is no code of up to %(count)s characters"),
    _("%(said)s is no name of up to %(count)s characters"),
    _("%(said)s is not a merchant category code of four digits"),
    _("there is no scenario %(said)s; there are: %(there)s"),
    _("there is no scenario %(said)s"),
    _("it starts at %(at)s"),
    _("it starts before %(at)s, when details begin"),
    _("ends %(at)s, before it starts"),
    _("a start, or an end and a duration, are needed"),
    _("%(cells)s cells, %(expected)s expected"),
    _("no `when` matches %(said)s"),
    _("%(said)s is an id that a spreadsheet shortened; export it as text"),
    _("%(said)s is not an hour, 0 to 23"),
    _("%(said)s; 24, 48, 96 or 1440 are needed, from midnight on"),
    _("%(count)s numbers"),
    _("no list"),
    _("the counter falls from %(before)s to %(after)s"),
    _("%(said)s is negative; at least 0 is expected"),
    _("%(said)s is above %(limit)s"),
    _("%(said)s is not a finite number"),
    _("%(said)s is larger than any number here can be"),
    _("%(said)s is not a number"),
    _("%(said)s is not a number; %(hint)s"),
    _("%(said)s is not a duration like %(like)s"),
    _("%(said)s s is longer than a year"),
    _("%(said)s is not an offset like +08:00 or 8"),
    _("%(said)s would be in %(year)s; is %(like)s right?"),
    _("%(said)s is not a time like %(like)s"),
    _("%(said)s is not a time like %(like)s; %(hint)s"),
    _("%(said)s comes twice in %(zone)s"),
    _("%(said)s does not exist in %(zone)s: the clock is put forward"),
    _("not a track of kind %(kind)s: %(why)s"),
    _("%(points)s points are more than %(limit)s"),
    _("%(said)s is not JSON: %(why)s"),
    _("%(said)s is not two numbers with %(sign)s between"),
    _("%(said)s is not a longitude and a latitude"),
    _("%(said)s is not a longitude and a latitude; %(hint)s"),
    _("longitude %(lon)s, latitude %(lat)s: is the order right?"),
    _("%(said)s is not a geohash like wtw3s"),
    _("it is not JSON: %(why)s"),
    _("it is %(kind)s; a row is an object"),
    _("%(said)s is not a track of kind %(kind)s, like %(like)s"),
    _("a quote opens in this row and is not closed; a quote within a cell is written twice"),
    _("a quote closes before the end of its cell; a quote within a cell is written twice"),
    _("a quote opens in this row and closes only behind line %(line)s, which looks like a row of its own"),
    _("a list of rows is expected"),
    _("an object of rows is expected"),
    _("it is a list of rows; a document is `kind: json`"),
)
"""Of rows."""
HINTS = (
    _("is it %(words)s?"),
    _("is it `unit: hms`, or `hm`?"),
    _("is the order right?"),
    _("`replace: %(words)s` would take %(sign)s away"),
    _("`replace: %(words)s` would make it one"),
    _("where zeros are missing, `pad` puts them back"),
    _("there is no such day or time"),
    _("the formula has no result: open the workbook and save it once"),
)
"""What may help, behind a sentence."""
BODIES = (
    _("column %(name)s is missing; there are: %(there)s"),
    _("column %(name)s is missing; did you mean %(near)s? there are: %(there)s"),
    _("column %(name)s is missing; is the delimiter %(sign)s? there are: %(there)s"),
    _("column %(name)s stands at %(places)s; say which by its position, or name them all by `columns`"),
    _("no line has %(text)s in it, with which by `skip_to` the header or the first row begins"),
    _("line %(line)s: byte %(byte)s at position %(place)s is not %(encoding)s"),
    _("line %(line)s: byte %(byte)s at position %(place)s is not %(encoding)s; it could be %(others)s"),
    _("line %(line)s: byte %(byte)s at position %(place)s is not %(encoding)s; it begins like utf-16"),
    _("the body is not JSON: %(why)s"),
    _("here begins a document; it is `kind: json`, and JSON lines have a row each"),
    _("behind the document there is more; JSON lines are `kind: jsonl`"),
    _("the body is no list of rows: say by `path` where they are; JSON lines are `kind: jsonl`"),
    _("there is no %(path)s in the body; there are: %(there)s"),
    _("the zip archive is truncated or damaged: %(why)s"),
    _("the zip archive cannot be opened: %(why)s"),
    _("no file in the zip is called %(name)s; there are: %(there)s"),
    _("it unpacks to more than %(limit)s bytes; send it in parts"),
    _("line %(line)s: rows of one group do not stand together; sort the file by it"),
    _("the workbook has no sheet %(name)s; one of: %(there)s"),
    _("the workbook has no sheet %(name)s; did you mean %(near)s? one of: %(there)s"),
    _("%(part)s of the workbook cannot be read: %(why)s"),
    _("%(part)s of the workbook is missing"),
    _("%(part)s of the workbook is longer than %(limit)s bytes; send it in parts, or as CSV"),
)
"""Of bodies, those that people meet."""
PLACE = re.compile(r"%\((\w+)\)s")
COUNTED = ("cells", "points", "line")
QUOTED = re.compile(r"(['\"])(.*)\1", re.DOTALL)


def say(detail: str) -> str:
    """A kept detail in the reader's language, also behind the name of a file; other words stay as they are."""
    for place in (0, *(found.end() for found in re.finditer(": ", detail))):
        if (said := _translate(detail[place:])) is not None:
            return detail[:place] + said
    return detail


def _translate(detail: str) -> str | None:
    if (whole := gettext(detail) if detail else "") != detail:
        return whole
    for sentence, pattern in _patterns():
        if (found := pattern.fullmatch(detail)) is not None:
            if (spoken := gettext(sentence)) == sentence:
                return detail
            told = {name: _unquote(text) for name, text in found.groupdict().items()}
            for name in ("hint", "said"):
                told |= {name: said} if name in told and (said := _translate(told[name])) is not None else {}
            return spoken % told
    return None


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Those with the most words of their own first."""
    sentences = sorted((*ROWS, *HINTS, *BODIES), key=lambda sentence: -len(PLACE.sub("", sentence)))
    return [(sentence, _pattern(sentence)) for sentence in sentences if PLACE.search(sentence)]


def _pattern(sentence: str) -> re.Pattern[str]:
    pieces = PLACE.split(sentence)
    return re.compile(
        "".join(f"(?P<{piece}>{_held(piece)})" if at % 2 else re.escape(piece) for at, piece in enumerate(pieces)),
        re.DOTALL,
    )


def _held(name: str) -> str:
    return r"\d+" if name in COUNTED else ".+?"


def _unquote(text: str) -> str:
    """What stood in a file, in the quotation marks of the reader's language."""
    found = QUOTED.fullmatch(text)
    return text if found is None else gettext("“%(text)s”") % {"text": found[2]}
