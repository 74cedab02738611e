from hypothesis import given
from hypothesis import strategies as st

from dashboard.history import drawing
from dashboard.history.charts import Label, Line, Stack, Texts

TEXTS = Texts({"g": "grams", "kg": "kilos"}, lambda amount_mg: f"<{amount_mg}>")
LABELS = [Label("1/11", "1 Nov", "2026-11-01"), Label("2/11", "2 Nov", "2026-11-02")]


def percent(text: str) -> float:
    return float(text.removesuffix("%"))


def test_the_pieces_of_a_bar_stand_on_one_another():
    drawn = drawing.draw(LABELS, [Stack("Bike", 1, {0: 20_000}), Stack("Metro", 2, {0: 10_000})], TEXTS)
    assert drawn.unit_name == "grams"
    assert [number for _, number in drawn.grid] == ["0", "10", "20", "30", "40"]
    first, second = drawn.columns
    assert [(part.tint, part.y, part.height) for part in first.parts] == [
        (1, "51.00%", "39.00%"),
        (2, "31.50%", "19.50%"),
    ]
    assert (first.amount, first.label.mark) == ("<30000>", "2026-11-01")
    assert second.parts == []


def test_the_line_that_is_compared_with_has_a_point_for_every_bar():
    drawn = drawing.draw(LABELS, [Stack("Bike", 1, {0: 400_000})], TEXTS, Line("before", {1: 4_000_000}))
    assert drawn.unit_name == "kilos"
    assert [y for _, y in drawn.dots] == ["90.00%", "12.00%"]
    assert len(drawn.strokes) == 1


@given(st.lists(st.integers(0, 10**13), min_size=1, max_size=14))
def test_every_bar_fits_below_a_round_number_that_is_not_far_above(amounts):
    stack = Stack("Bike", 1, dict(enumerate(amounts)))
    drawn = drawing.draw([Label(str(n), str(n)) for n in range(len(amounts))], [stack], TEXTS)
    heights = [sum(percent(part.height) for part in column.parts) for column in drawn.columns]
    assert max(heights) <= drawing.BOTTOM - drawing.TOP + 0.01
    if max(amounts) > 10_000:
        assert max(heights) > 0.39 * (drawing.BOTTOM - drawing.TOP)


def test_nothing_and_less_than_nothing_have_no_bar():
    drawn = drawing.draw(LABELS, [Stack("Bike", 1, {0: 0, 1: -5_000})], TEXTS)
    assert [column.parts for column in drawn.columns] == [[], []]
