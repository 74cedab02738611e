"""Opens the simulated people's accounts: sign-in, carbon account, links. Nobody is opened twice.

They open them, agree and link before their first day: who is there from the beginning within the month before it.
"""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from accounts.linking import links
from accounts.models import Citizen, Consent, District, Partner, User
from config import clock
from sandbox.city.people import DEMO_CITIZEN, PARTNERS, Person
from sandbox.city.reports import City

DOMAIN = "@demo.example"
DEMO_EMAIL = f"citizen{DOMAIN}"
DEMO_PHONE = "+8613800138000"
BATCH = 2000
EARLY_DAYS, EVENING_S = 30, 5 * 3600


def email(person: Person) -> str:
    return DEMO_EMAIL if person.number == DEMO_CITIZEN else f"citizen-{person.number:06d}{DOMAIN}"


@transaction.atomic
def settle(city: City) -> int:
    """Open accounts for those who have none yet; return how many."""
    known = set(User.objects.filter(email__endswith=DOMAIN).values_list("email", flat=True))
    fresh = [person for person in city.people if email(person) not in known]
    citizens = _open(fresh, city)
    for code in PARTNERS:
        pairs = [
            (citizen, person.subject(code))
            for person, citizen in zip(fresh, citizens, strict=True)
            if code in person.partners
        ]
        if pairs:
            partner = Partner.objects.get(code=code)
            reads_from = clock.day_start(city.opened)
            links.open_many(partner, pairs, reads_from=reads_from, channel=Consent.Channel.SANDBOX, at_opening=True)
    return len(fresh)


def opened_at(person: Person, city: City) -> datetime:
    """On an evening before the first day, never later than now."""
    before = 1 if person.joined_after_days else 1 + person.number % EARLY_DAYS
    evening = clock.day_start(person.joined(city.opened) - timedelta(days=before)) + timedelta(hours=18)
    return min(evening + timedelta(seconds=person.number * 7 % EVENING_S), timezone.now())


def _open(people: list[Person], city: City) -> list[Citizen]:
    unusable = make_password(None)
    moments = [opened_at(person, city) for person in people]
    users = [
        User(email=email(person), password=unusable, date_joined=moment)
        for person, moment in zip(people, moments, strict=True)
    ]
    for person, user in zip(people, users, strict=True):
        if person.number == DEMO_CITIZEN:
            user.phone, user.phone_verified = DEMO_PHONE, True
    User.objects.bulk_create(users, BATCH)
    EmailAddress.objects.bulk_create(
        [EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users], BATCH
    )
    districts = District.objects.in_bulk(field_name="code")
    return Citizen.objects.bulk_create(
        [
            Citizen(
                user=user,
                nickname=person.nickname,
                district=districts[person.district],
                ranked=person.ranked,
                created_at=moment,
            )
            for person, user, moment in zip(people, users, moments, strict=True)
        ],
        BATCH,
    )
