"""How often one person may do what could be misused: guessing codes, filling the database, asking for copies."""

from rest_framework.throttling import UserRateThrottle


class Joining(UserRateThrottle):
    """Coming into groups, and founding them."""

    scope, rate = "joining", "30/hour"


class Copies(UserRateThrottle):
    """Copies of all one's data."""

    scope, rate = "copies", "6/day"
