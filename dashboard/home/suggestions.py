"""One suggestion that fits this person, by plain rules over their own habits. Pure; each says why it is shown.

The first rule that has something to say wins. None asks anybody to travel more than they do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Partner
from dashboard.home.habits import Progress, Week, usual_week_mg
from dashboard.periods import Step, floor
from dashboard.statistics import Scene
from dashboard.templatetags.amounts import mass

LOOKBACK = timedelta(weeks=4)
REGULAR = 4
"""So many activities in four weeks are a habit."""


@dataclass(frozen=True, slots=True)
class Person:
    """What the rules look at."""

    weeks: Sequence[Week]
    progress: Progress
    scenes: Sequence[Scene]
    linked: frozenset[str]
    """Kinds of the partners that are linked."""
    today: date


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`page` is the name of the page where it is done, `query` what is asked of it."""

    icon: str
    title: str
    why: str
    page: str
    query: str = ""


@dataclass(frozen=True, slots=True)
class Habit:
    scene: Scene
    activities: int
    reduction_mg: int

    @property
    def each_mg(self) -> int:
        return self.reduction_mg // self.activities


def suggest(person: Person) -> Suggestion | None:
    """The first suggestion that fits, or None for somebody nothing is known of yet."""
    rules = (_finish_the_goal, _set_a_goal, _ride_to_the_metro, _link_transit, _take_up_again, _once_more)
    return next((found for rule in rules if (found := rule(person)) is not None), None)


def habits(person: Person) -> list[Habit]:
    """What was done in the last four weeks, most often first."""
    since = floor(person.today, Step.WEEK) - LOOKBACK
    found = []
    for scene in person.scenes:
        recent = [week for week in person.weeks if week.scenario_id == scene.id and week.start >= since]
        activities = sum(week.activities for week in recent)
        if activities > 0:
            found.append(Habit(scene, activities, sum(week.reduction_mg for week in recent)))
    return sorted(found, key=lambda habit: -habit.activities)


def _finish_the_goal(person: Person) -> Suggestion | None:
    missing_mg = person.progress.to_goal_mg
    for habit in sorted(habits(person), key=lambda habit: habit.each_mg):
        if missing_mg and habit.each_mg and -(-missing_mg // habit.each_mg) <= 2:
            times = -(-missing_mg // habit.each_mg)
            title = ngettext(
                "%(times)d more time “%(scene)s” and this week's goal is reached",
                "%(times)d more times “%(scene)s” and this week's goal is reached",
                times,
            ) % {"times": times, "scene": habit.scene.name}
            why = _("%(missing)s are left to your goal; one time brought you %(each)s on average in four weeks.") % {
                "missing": mass(missing_mg),
                "each": mass(habit.each_mg),
            }
            return Suggestion(habit.scene.icon, title, why, "history", f"?scenario={habit.scene.code}")
    return None


def _set_a_goal(person: Person) -> Suggestion | None:
    usual_mg = usual_week_mg(person.weeks, person.today)
    if person.progress.goal_mg or not usual_mg:
        return None
    return Suggestion(
        "leaf",
        _("Set yourself a goal for the week"),
        _("Your usual week of the last four brought %(usual)s. A goal near it is one you can keep.")
        % {"usual": mass(usual_mg)},
        "me",
    )


def _ride_to_the_metro(person: Person) -> Suggestion | None:
    return _link(
        person,
        "metro",
        Partner.Kind.BIKE,
        _("Link a bike-share account"),
        _("You took the metro %(count)d times in four weeks. The way to the station counts as well, by shared bike."),
    )


def _link_transit(person: Person) -> Suggestion | None:
    return _link(
        person,
        "shared-bike",
        Partner.Kind.TRANSIT,
        _("Link your transit card"),
        _("You rode a shared bike %(count)d times in four weeks. Metro and bus count as well."),
    )


def _link(person: Person, code: str, missing: str, title: str, why: str) -> Suggestion | None:
    regular = next(
        (habit for habit in habits(person) if habit.scene.code == code and habit.activities >= REGULAR), None
    )
    if regular is None or missing in person.linked:
        return None
    return Suggestion("link", title, why % {"count": regular.activities}, "links")


def _take_up_again(person: Person) -> Suggestion | None:
    recent = {habit.scene.id for habit in habits(person)}
    for scene in person.scenes:
        earlier = sum(week.activities for week in person.weeks if week.scenario_id == scene.id)
        if scene.id not in recent and earlier >= REGULAR:
            why = _("You used to: %(count)d times in the last year, but not in the last four weeks.")
            return Suggestion(
                scene.icon,
                _("How about “%(scene)s” again?") % {"scene": scene.name},
                why % {"count": earlier},
                "history",
                f"?by=month&scenario={scene.code}",
            )
    return None


def _once_more(person: Person) -> Suggestion | None:
    for habit in habits(person):
        why = _("It is what you do most: %(count)d × in four weeks, about %(each)s each.")
        return Suggestion(
            habit.scene.icon,
            _("Keep to “%(scene)s”") % {"scene": habit.scene.name},
            why % {"count": habit.activities, "each": mass(habit.each_mg)},
            "history",
            f"?scenario={habit.scene.code}",
        )
    return None
