"""Opens the simulated people's accounts: sign-in, carbon account, links. Nobody is opened twice."""

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.linking import links
from accounts.models import Citizen, Consent, District, Partner, User
from config import clock
from sandbox.city.people import DEMO_CITIZEN, PARTNERS, Person
from sandbox.city.reports import City

DOMAIN = "@demo.example"
DEMO_EMAIL = f"citizen{DOMAIN}"
DEMO_PHONE = "+8613800138000"
BATCH = 2000


def email(person: Person) -> str:
    return DEMO_EMAIL if person.number == DEMO_CITIZEN else f"citizen-{person.number:06d}{DOMAIN}"


@transaction.atomic
def settle(city: City) -> int:
    """Open accounts for those who have none yet; return how many."""
    known = set(User.objects.filter(email__endswith=DOMAIN).values_list("email", flat=True))
    fresh = [person for person in city.people if email(person) not in known]
    citizens = _open(fresh)
    for code in PARTNERS:
        pairs = [
            (citizen, person.subject(code))
            for person, citizen in zip(fresh, citizens, strict=True)
            if code in person.partners
        ]
        if pairs:
            partner = Partner.objects.get(code=code)
            links.open_many(partner, pairs, reads_from=clock.day_start(city.opened), channel=Consent.Channel.SANDBOX)
    return len(fresh)


def _open(people: list[Person]) -> list[Citizen]:
    unusable = make_password(None)
    users = [User(email=email(person), password=unusable) for person in people]
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
            Citizen(user=user, nickname=person.nickname, district=districts[person.district], ranked=person.ranked)
            for person, user in zip(people, users, strict=True)
        ],
        BATCH,
    )
