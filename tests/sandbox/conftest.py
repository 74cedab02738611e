from datetime import date, timedelta

import pytest

from sandbox.city import reports
from sandbox.city.reports import City, Reports

OPENED = date(2026, 8, 24)


@pytest.fixture(scope="session")
def city() -> City:
    return reports.found(seed=7, citizens=1200, opened=OPENED)


@pytest.fixture(scope="session")
def month(city: City) -> Reports:
    """Four weeks of the city in one list a feed, in the order of time."""
    found: Reports = {}
    for number in range(28):
        for feed, records in reports.of_day(city, OPENED + timedelta(days=number)).items():
            found.setdefault(feed, []).extend(records)
    return found
