"""How many points each row is paid, and by whom: the programme of its scenario, and campaigns on top.

Near the end of a budget a batch is cut fairly: only whole awards are paid, everybody's first before anybody's second,
credits that replace a reversed one first of all, then the smaller ones. What is not paid keeps its grams: they are
carried, and the city's programme pays them with a later activity, as soon as it has points.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from uuid import UUID

from activities import campaigns
from activities.entries import Entry, Row
from activities.models import CampaignAward, Scenario
from config.identifiers import new_ids
from ledger import budgets
from ledger.budgets import Terms
from ledger.models import PROGRAMME


def award(
    entries: Sequence[Entry], remainders: Mapping[UUID, int], mg_per_point: int
) -> tuple[list[Row], list[CampaignAward]]:
    """The rows of the entries and the bonuses and bonus reversals that go with them.

    The points are reserved: what a limited programme does not have is not in them. Each citizen's entries are in the
    order in which the remainder (mg) runs through them, reversals first.
    """
    book = _Book(budgets.terms(), mg_per_point)
    rows = book.pay(entries, dict(remainders))
    returns = campaigns.reversals(rows)
    bonuses = campaigns.bonuses(rows, returns)
    wanted = book.limited_sums([*_paid(rows), *_paid_bonuses(bonuses)])
    returned = book.limited_sums([*_taken(rows), *_taken_bonuses(returns)])
    granted = budgets.draw(wanted, returned)
    if any(granted[programme] < points for programme, points in wanted.items()):
        left = Counter(granted)
        rows = book.pay_fairly(entries, dict(remainders), left)
        bonuses = _cut(campaigns.bonuses(rows, returns), left)
        budgets.give_back(left)
    return rows, [*bonuses, *returns]


class _Book:
    """The rates and payers of one batch."""

    def __init__(self, terms: Mapping[UUID, Terms], mg_per_point: int) -> None:
        self.terms, self.mg_per_point, self.ids = terms, mg_per_point, new_ids()
        named = Scenario.objects.filter(programme__isnull=False)
        self.payers: dict[int, UUID] = dict(named.values_list("pk", "programme_id"))

    def limited_sums(self, moves: Iterable[tuple[UUID, int]]) -> dict[UUID, int]:
        sums: Counter[UUID] = Counter()
        for programme, points in moves:
            if programme in self.terms:
                sums[programme] += points
        return dict(sums)

    def pay(self, entries: Iterable[Entry], remainders: dict[UUID, int]) -> list[Row]:
        """Every row in full, the remainders running through."""
        rows = []
        for entry in entries:
            row = self.row(entry, remainders[entry.citizen_id])
            remainders[entry.citizen_id] += row.rest_mg
            rows.append(row)
        return rows

    def pay_fairly(self, entries: Sequence[Entry], remainders: dict[UUID, int], left: Counter[UUID]) -> list[Row]:
        """The rows where `left` does not suffice for all; it becomes what is not used."""
        rows = self.pay([entry for entry in entries if entry.reversal], remainders)
        for turn in _turns(entries):
            full = [self.row(entry, remainders[entry.citizen_id]) for entry in turn]
            for row in sorted(full, key=_precedence):
                paid = self.within(row, left)
                remainders[row.entry.citizen_id] += paid.rest_mg
                rows.append(paid)
        return rows

    def within(self, row: Row, left: Counter[UUID]) -> Row:
        """The row, or where its programme has too little the same row without points."""
        if row.programme_id not in self.terms:
            return row
        if row.points > left[row.programme_id]:
            return row._replace(points=0, unfunded_points=row.points + row.unfunded_points)
        left[row.programme_id] -= row.points
        return row

    def row(self, entry: Entry, carried_mg: int) -> Row:
        programme = entry.programme_id or self.payers.get(entry.scenario_id, PROGRAMME)
        rate = entry.mg_per_point or self.rate(programme)
        points = (carried_mg + entry.reduction_mg) // rate + entry.fixed_points
        row = Row(next(self.ids), entry, carried_mg, rate, programme, 0, points)
        if entry.reversal:
            return _take_back(row)
        if programme != PROGRAMME and row.own_points < points:  # a sponsor pays for what it sponsors
            return row._replace(points=row.own_points, unfunded_points=points - row.own_points)
        return row

    def rate(self, programme: UUID) -> int:
        """Milligrams a point, rounded up, while the programme tapers."""
        terms = self.terms.get(programme)
        return self.mg_per_point if terms is None else -(-self.mg_per_point * 100 // terms.percent)


def _take_back(row: Row) -> Row:
    """What a credit paid goes back, though grams that are outstanding from others would cover it; at least so much
    that nothing below zero is carried. What is carried is no reason to award."""
    least = min(row.points, 0)
    points = min(least, max(row.own_points, -row.entry.paid_points))
    return row._replace(points=points, unfunded_points=least - points)


def _turns(entries: Iterable[Entry]) -> Iterable[list[Entry]]:
    """Everybody's first credit, everybody's second, and so on."""
    own: dict[UUID, list[Entry]] = defaultdict(list)
    for entry in entries:
        if not entry.reversal:
            own[entry.citizen_id].append(entry)
    for turn in zip_longest(*own.values()):
        yield [entry for entry in turn if entry is not None]


def _precedence(row: Row) -> tuple[bool, int, UUID]:
    return row.entry.generation == 1, row.points, row.entry.activity_id


def _cut(bonuses: Sequence[CampaignAward], left: Counter[UUID]) -> list[CampaignAward]:
    paid = []
    for bonus in sorted(bonuses, key=lambda bonus: (bonus.points, bonus.id)):
        programme = bonus.campaign.programme_id
        if bonus.points <= left[programme]:
            left[programme] -= bonus.points
            paid.append(bonus)
    return paid


def _paid(rows: Iterable[Row]) -> list[tuple[UUID, int]]:
    return [(row.programme_id, row.points) for row in rows if row.points > 0]


def _taken(rows: Iterable[Row]) -> list[tuple[UUID, int]]:
    return [(row.programme_id, -row.points) for row in rows if row.points < 0]


def _paid_bonuses(bonuses: Iterable[CampaignAward]) -> list[tuple[UUID, int]]:
    return [(bonus.campaign.programme_id, bonus.points) for bonus in bonuses]


def _taken_bonuses(bonuses: Iterable[CampaignAward]) -> list[tuple[UUID, int]]:
    return [(bonus.campaign.programme_id, -bonus.points) for bonus in bonuses]
