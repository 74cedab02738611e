"""The four partners of the simulated city, as plain data. Imports nothing of Django, so that anybody may read it."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Brand:
    """A partner as its own customers see it. `client_id` names both the partner and the city's client there."""

    client_id: str
    name_zh: str
    name_en: str
    scope: str
    subject_prefix: str

    def subject(self, number: int) -> str:
        """The partner's id of its customer, `BIKE-000123` for customer 123."""
        return f"{self.subject_prefix}-{number:06d}"

    def number(self, subject: str) -> int:
        """The customer's number; raises ValueError for another partner's subject."""
        prefix, _, digits = subject.rpartition("-")
        if prefix != self.subject_prefix:
            raise ValueError(f"{subject!r} is no subject of {self.client_id}.")
        return int(digits)


BRANDS = {
    brand.client_id: brand
    for brand in (
        Brand("swift-bike", "迅行单车", "Swift Bike", "rides.read", "BIKE"),
        Brand("metro-card", "城市一卡通", "Metro Card", "taps.read", "CARD"),
        Brand("green-bank", "绿色银行", "Green Bank", "purchases.read", "BANK"),
        Brand("step-health", "健康步数", "Step Health", "steps.read", "STEP"),
    )
}


def username(number: int) -> str:
    """The sign-in of customer `number` at every partner: `person1` and so on."""
    return f"person{number}"


def number_of(name: str) -> int:
    return int(name.removeprefix("person"))


def usernames(count: int) -> Iterable[str]:
    return (username(number) for number in range(1, count + 1))
