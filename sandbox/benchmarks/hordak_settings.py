"""The project's settings with django-hordak beside our apps: only the ledger benchmark runs with them."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "mptt", "hordak"]
HORDAK_CURRENCIES = ["CNY"]
HORDAK_INTERNAL_CURRENCY = DEFAULT_CURRENCY = "CNY"
