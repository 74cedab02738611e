"""What is to be booked, and the rows that come of it: plain values, before anything is written."""

from datetime import date
from typing import Any, NamedTuple, Self
from uuid import UUID

from activities.models import Reduction


class Credit(NamedTuple):
    """A booked credit, as far as it takes to compare and to reverse it."""

    citizen_id: UUID
    activity_id: UUID
    generation: int
    methodology_id: int
    scenario_id: int
    city_day: date
    distance_m: int | None
    inputs: dict[str, Any] | None
    reduction_mg: int
    mg_per_point: int
    fixed_points: int
    programme_id: UUID
    points: int


class Entry(NamedTuple):
    """A row to be booked: a credit, or a reversal of the credit of the same generation (then its amounts are
    at most 0).

    `mg_per_point` 0 stands for the rate in force and `programme_id` None for the one that pays the scenario now; a
    reversal names those of what it takes back, and what it paid.
    """

    citizen_id: UUID
    activity_id: UUID
    methodology_id: int
    scenario_id: int
    city_day: date
    distance_m: int | None
    reduction_mg: int
    cause: str
    generation: int = 1
    reversal: bool = False
    mg_per_point: int = 0
    inputs: dict[str, Any] | None = None
    fixed_points: int = 0
    programme_id: UUID | None = None
    paid_points: int = 0

    @classmethod
    def reverse(cls, credit: Reduction | Credit, cause: str) -> Self:
        """The entry that takes a credit back."""
        return cls(
            credit.citizen_id,
            credit.activity_id,
            credit.methodology_id,
            credit.scenario_id,
            credit.city_day,
            credit.distance_m,
            -credit.reduction_mg,
            cause,
            credit.generation,
            True,
            credit.mg_per_point,
            fixed_points=-credit.fixed_points,
            programme_id=credit.programme_id,
            paid_points=credit.points,
        )


class Row(NamedTuple):
    """A row of a reduction as it is booked. Points below zero are taken back."""

    id: UUID
    entry: Entry
    carried_mg: int
    mg_per_point: int
    programme_id: UUID
    unfunded_points: int
    points: int

    @property
    def rest_mg(self) -> int:
        """By how much the row changes what is carried."""
        return self.entry.reduction_mg - (self.points - self.entry.fixed_points) * self.mg_per_point

    @property
    def own_points(self) -> int:
        """The points of this row's own grams and less than one point carried: without those outstanding from before."""
        begun_mg = self.carried_mg % self.mg_per_point
        return (begun_mg + self.entry.reduction_mg) // self.mg_per_point + self.entry.fixed_points
