"""The vocabulary is strict: what is wrong is named by its path, its value and what would be right."""

import copy

import pytest

from activities.intake import formats, yaml_text
from activities.intake.yaml_text import YamlInvalid

GOOD = {
    "container": {"kind": "csv"},
    "zone": "Asia/Shanghai",
    "subject": {"column": "user"},
    "event_id": {"column": "order"},
    "cases": [
        {"when": {"state": "cancelled"}, "skip": True},
        {"scenario": "shared-bike", "started_at": {"column": "begin"}, "distance": {"column": "km", "unit": "km"}},
    ],
}


def changed(path, value):
    document = copy.deepcopy(GOOD)
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return document


def test_a_good_format_is_read():
    parsed = formats.parse(GOOD)
    assert parsed.columns == {"user", "order", "state", "begin", "km"}


@pytest.mark.parametrize(
    ("path", "value", "where", "says"),
    [
        (["zones"], "x", "", "unknown key 'zones'; did you mean 'zone'?"),
        (["zone"], "Asia/Shanhai", "zone", "'Asia/Shanhai' is not a time zone"),
        (["container", "kind"], "cvs", "container.kind", "did you mean 'csv'? one of: csv, jsonl, json, fixed"),
        (["container", "encoding"], "gb18003", "container.encoding", "did you mean 'gb18030'?"),
        (["container"], {"kind": "fixed"}, "container.widths", "need their widths"),
        (["cases", 1, "distance", "unit"], "kms", "cases[1].distance.unit", "did you mean 'km'? one of: m, km, mi, ft"),
        (["cases", 1, "distance", "colum"], "x", "cases[1].distance", "unknown key 'colum'; did you mean 'column'?"),
        (["cases", 1, "distance"], [{"column": "x", "unit": "kn"}], "cases[1].distance[0].unit", "'kn' is not right"),
        (["cases", 1, "when"], {"state": {"equal": 3}}, "cases[1].when.state", "did you mean 'equals'?"),
        (["cases", 1, "started_at"], "begin", "cases[1].started_at", "'begin' is not right: Expected `object"),
        (["cases", 1, "started_at", "format"], "eopch_ms", "cases[1].started_at.format", "did you mean 'epoch_ms'?"),
        (["cases", 1, "started_at", "format"], "%Y-%Q", "cases[1].started_at.format", "'%Y-%Q' is not a strptime"),
        (["cases", 1, "scenario"], "", "cases[1].scenario", "is missing"),
        (["cases", 1, "half"], "in", "cases[1].half", "needs `pairing"),
        (["cases", 1, "quantity"], {"column": "x", "scale": "a"}, "cases[1].quantity.scale", "'a' is not a number"),
        (["cases", 1, "event_id"], {"hash": ["a", {"colunm": "x"}]}, "cases[1].event_id.hash[1]", "'colunm'"),
        (["cases", 1, "origin"], {"lon": "x"}, "cases[1].origin", "`lon` and `lat` are both needed"),
        (["cases", 1, "distance"], {"computed": "crow_fly"}, "cases[1].distance.computed", "`origin` and `destin"),
        (
            ["cases", 1, "profile"],
            {"columns": ["a"]},
            "cases[1].profile.columns",
            "1 columns; 24, 48, 96 or 1440 are needed",
        ),
        (["cases"], [], "cases", "at least one case"),
        (["subject"], {}, "subject", "is missing"),
        (["event_id"], {"column": "a", "hash": ["b"]}, "event_id", "column and hash are given"),
        (["pairing"], {"limit": 3}, "pairing", "did you mean 'limit_s'?"),
        (["cell_m"], 1, "cell_m", "not from 50 to 5000"),
    ],
)
def test_an_error_names_the_path_the_value_and_what_is_right(path, value, where, says):
    with pytest.raises(formats.FormatInvalid) as refusal:
        formats.parse(changed(path, value))
    assert refusal.value.extra["path"] == where
    assert says in str(refusal.value.detail)


def test_yaml_means_what_people_write():
    text = "a: 0742\nb: 2016-08-01\nc: 12:30\nd: yes\ne: {no: off}\nf: 3\ng: true\nh: 1.5\ni: ~\n"
    assert yaml_text.load(text) == {
        "a": "0742",
        "b": "2016-08-01",
        "c": "12:30",
        "d": "yes",
        "e": {"no": "off"},
        "f": 3,
        "g": True,
        "h": 1.5,
        "i": None,
    }


def test_numbers_that_nothing_holds_are_texts():
    text = f"a: {'1' * 5000}\nb: {'1' * 500}.5\nc: 123456789012345678\n"
    assert yaml_text.load(text) == {"a": "1" * 5000, "b": "1" * 500 + ".5", "c": 123_456_789_012_345_678}
    with pytest.raises(YamlInvalid, match="invalid literal"):
        yaml_text.load("a: !!int x")


def test_a_delimiter_that_is_no_letter_is_kept():
    assert yaml_text.load('delimiter: "\\x01"') == {"delimiter": "\x01"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\na: 2\n", "line 2, column 1: the key 'a' comes twice"),
        ("a: [1\nb: 2\n", "line 2"),
        ("a: !!python/object/apply:os.system [ls]\n", "could not determine a constructor"),
        ('a: 1\nb: {column: "or\\0der"}\n', "line 2, column 13: a text has the character U+0000, which cannot be kept"),
        ('"or\\ud800der": 1\n', "line 1, column 1: a text has the character U+D800, which cannot be kept"),
        ("a: b\nc: d\0e\n", "line 2, column 5: the character U+0000 cannot stand here"),
        ("a: " + "[" * 2000, "line 1, column 53: it is nested deeper than 50 levels"),
        ("a: " + "{b: " * 2000, "it is nested deeper than 50 levels"),
        ("a:\n" + "".join(" " * n + "-\n" for n in range(1, 2000)), "it is nested deeper than 50 levels"),
    ],
)
def test_bad_yaml_is_refused_with_its_line(text, says):
    with pytest.raises(YamlInvalid, match="line") as refusal:
        yaml_text.load(text)
    assert says in str(refusal.value)
