"""How the desk spells budgets."""

from django import template

from activities.budgets.paces import Budget
from ledger.models import BudgetAlert

register = template.Library()
MOODS = {BudgetAlert.Level.LOW: "fair", BudgetAlert.Level.TAPERING: "fair", BudgetAlert.Level.EMPTY: "bad"}


@register.filter
def budget_mood(budget: Budget) -> str:
    """The class of a programme's colour."""
    if budget.level is not None:
        return MOODS[budget.level]
    return "good" if budget.programme.limited and budget.programme.level_points else ""


@register.filter
def tonnes(reduction_mg: int) -> str:
    return f"{reduction_mg / 1e9:,.2f} t"


@register.filter
def yuan(fen: int) -> str:
    """Fen as yuan, rounded to whole ones: it is an estimate."""
    return f"{round(fen / 100):,}"


@register.simple_tag
def share(part: int, whole: int) -> str:
    return f"{round(100 * part / whole)} %" if whole else ""
