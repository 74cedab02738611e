"""What a declaration says twice, in vain or against itself is an error that names the key; nothing is passed over."""

import pytest

from activities.intake import formats, yaml_text

BUS = "scenario: bus, started_at: {column: t}"
CONTAINERS = [
    ("{kind: csv, path: data.list}", "container.path: is of json; `csv` has none"),
    ("{kind: csv, widths: [1, 2]}", "container.widths: is of fixed; `csv` has none"),
    (
        "{kind: jsonl, path: data.list}",
        "container.path: is of json; `jsonl` has none: rows within a line are `split: {column: data.list,",
    ),
    ("{kind: jsonl, delimiter: ';'}", "container.delimiter: is of csv; `jsonl` has none"),
    ("{kind: json, skip_lines: 2}", "container.skip_lines: is of csv, fixed, jsonl, workbook; `json` has none"),
    ("{kind: json, header: false}", "container.header: is of csv, fixed, workbook; `json` has none"),
    ("{kind: json, bad_bytes: replace}", "container.bad_bytes: is of csv, fixed, jsonl; `json` has none"),
    ("{kind: fixed, widths: [1, 2], quote: ''}", "container.quote: is of csv; `fixed` has none"),
    ("{kind: json, path: '$.data.list[*]'}", "container.path: '$.data.list[*]' is no path such as data.trips"),
    ("{kind: json, path: 'data..list'}", "container.path: 'data..list' is no path such as data.trips"),
    ("{kind: csv, delimiter: '\"'}", "container.quote: '\"' is the delimiter, too"),
    ("{kind: csv, escape: '\"'}", "container.escape: '\"' is the delimiter or the quote, too"),
    ('{kind: csv, delimiter: "\\n"}', "container.delimiter: is between the cells of a line"),
]
CASES = [
    (f"[{{{BUS}}}, {{when: {{s: 1}}, action: cancel}}]", "cases[1]: is never reached: cases[0] has no `when`"),
    (f"[{{when: {{s: []}}, {BUS}}}]", "cases[0].when.s: says nothing"),
    (f"[{{when: {{s: {{}}}}, {BUS}}}]", "cases[0].when.s: says nothing"),
    (f"[{{when: {{s: {{in: []}}}}, {BUS}}}]", "cases[0].when.s: says nothing"),
    (f"[{{skip: true, {BUS}}}]", "cases[0].scenario: cannot stand beside `skip`"),
    ("[{skip: true, refuse: no}]", "cases[0].refuse: cannot stand beside `skip`"),
    ("[{refuse: no, action: cancel}]", "cases[0].action: cannot stand beside `refuse`"),
    (f"[{{{BUS[:-1]}, next_day: true}}}}]", "cases[0].started_at.next_day: is of `ended_at`"),
    (f"[{{{BUS[:-1]}, replace: {{'': x}}}}}}]", "cases[0].started_at.replace: an empty text stands everywhere"),
    (
        f"[{{{BUS}, place: {{column: x, replace: {{'': x}}}}}}]",
        "cases[0].place.replace: an empty text stands everywhere",
    ),
    (f"[{{{BUS}, place: {{column: x, separator: '-'}}}}]", "cases[0].place.separator: stands beside `concat`"),
    (f"[{{{BUS}, duration: {{column: x, unit: hms, scale: '2'}}}}]", "cases[0].duration.scale: is of plain numbers"),
    (f"[{{{BUS}, duration: {{column: x, unit: words, plus: [y]}}}}]", "cases[0].duration.plus: is of plain numbers"),
    (f"[{{{BUS}, quantity: {{column: x, scale: Infinity}}}}]", "cases[0].quantity.scale: 'Infinity' is not a number"),
    (f"[{{{BUS}, quantity: {{column: x, scale: '1e999999'}}}}]", "cases[0].quantity.scale: '1e999999' is not a number"),
    (
        f"[{{{BUS}, quantity: {{column: x, decimal: ',', thousands: ','}}}}]",
        "cases[0].quantity.thousands: ',' is the decimal sign, too",
    ),
]
TIMES = [
    ("%Y-%m-%d %H:%M %p", "has `%p`, which counts beside the hour of twelve alone: `%I`"),
    ("%Y-%m-%d %I:%M", "has `%I`, an hour of twelve, without `%p`; of 24 it is `%H`"),
    (
        "%Y-%m-%d %H:%M %Z",
        "has `%Z`, which forgets the zone that it reads; write its name as it stands, and say `zone`",
    ),
    ("%H:%M", "does not say year, month and day; where another column does, join them: `columns: [day, time]`"),
    ("%m-%d %H:%M", "does not say year, month and day"),
]
BESIDE = [
    ("pairing: {limit_s: 600}", "pairing: joins halves, and no case has a `half`"),
    ("group: {by: []}", "group: needs the columns that its rows have in common"),
    ("group: {by: [x], rows_max: 0}", "group: needs the columns that its rows have in common"),
    ("split: {column: x, separator: '', names: [y]}", "split.separator: is empty"),
    ("split: {columns: [[a, b]], names: [y, y]}", "split.names: ['y', 'y'] has a name twice"),
]


def refusal(container="{kind: csv}", cases=f"[{{{BUS}}}]", beside="") -> str:
    text = f"container: {container}\nzone: Asia/Shanghai\nsubject: {{column: u}}\nevent_id: {{column: id}}\n"
    with pytest.raises(formats.FormatInvalid) as found:
        formats.parse(yaml_text.load(f"{text}cases: {cases}\n{beside}\n"))
    return str(found.value.detail)


@pytest.mark.parametrize(("container", "says"), CONTAINERS)
def test_a_container_has_the_keys_of_its_kind(container, says):
    assert refusal(container=container).startswith(says)


@pytest.mark.parametrize(("cases", "says"), CASES)
def test_a_case_says_one_thing(cases, says):
    assert refusal(cases=cases).startswith(says)


@pytest.mark.parametrize(("declared", "says"), TIMES)
def test_a_time_says_its_day_and_its_half(declared, says):
    """PM beside an hour of 24 was passed over: eight in the evening was eight in the morning."""
    said = refusal(cases=f'[{{scenario: bus, started_at: {{column: t, format: "{declared}"}}}}]')
    assert said.startswith(f"cases[0].started_at.format: {declared!r} {says}")


@pytest.mark.parametrize(("beside", "says"), BESIDE)
def test_what_stands_beside_the_cases_says_something(beside, says):
    assert refusal(beside=beside).startswith(says)
