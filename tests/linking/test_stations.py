"""The station functions without a partner's server."""

import threading
import time

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts import consents
from accounts.linking import grants, links
from accounts.linking.grants import Tokens
from accounts.linking.models import Grant, Link, Revocation, digest_subject
from accounts.models import Citizen, Consent, ConsentText, Partner
from config import clock
from tests.linking.conftest import publish


@pytest.fixture
def bike(db):
    partner = Partner.objects.create(code="station-bike", kind="bike", name_zh="单车", name_en="Bike")
    publish(partner, 1)
    return partner


def agree(citizen, partner):
    return consents.give(citizen, partner, 1, Consent.Channel.SANDBOX)


@pytest.mark.django_db
def test_a_link_without_tokens_is_made_and_ended(alice, bike):
    day = clock.day_start(clock.city_today())
    link = links.establish(alice, bike, "BIKE-1", agree(alice, bike), reads_from=day)
    assert (link.subject, link.hint, link.reads_from) == ("BIKE-1", "KE-1", day)
    assert links.end(link, Link.End.STAFF, Consent.Channel.STAFF)
    assert not Revocation.objects.exists()


@pytest.mark.django_db
def test_every_consent_makes_one_link_for_its_own_citizen(alice, bob, bike):
    given = agree(alice, bike)
    with pytest.raises(consents.NoConsent):
        links.establish(bob, bike, "BIKE-1", given)
    with pytest.raises(consents.NoConsent):
        links.establish(alice, bike, "BIKE-1", None)
    link = links.establish(alice, bike, "BIKE-1", given)
    with pytest.raises(consents.NoConsent):
        links.establish(alice, bike, "BIKE-1", given)
    links.end(link, Link.End.CITIZEN, Consent.Channel.WEB)
    with pytest.raises(consents.NoConsent):
        links.establish(alice, bike, "BIKE-1", given)
    assert Link.objects.count() == 1


@pytest.mark.django_db
def test_a_withdrawn_consent_links_nothing(alice, bike):
    given = agree(alice, bike)
    Consent.objects.bulk_create(
        [Consent(citizen_id=alice.pk, text=given.text, step="withdrawn", channel="web", created_at=timezone.now())]
    )
    with pytest.raises(consents.NoConsent):
        links.establish(alice, bike, "BIKE-1", given)


@pytest.mark.django_db
def test_tokens_of_a_renewed_link_replace_the_old_ones(alice, bike):
    link = links.establish(alice, bike, "BIKE-1", agree(alice, bike), Tokens("a1", "r1"))
    links.establish(alice, bike, "BIKE-1", agree(alice, bike), Tokens("a2", "r2"))
    assert Grant.objects.get(link=link).access_token == "a2"
    assert sorted((row.token, row.reason) for row in Revocation.objects.all()) == [
        ("a1", "replaced"),
        ("r1", "replaced"),
    ]


@pytest.mark.django_db
def test_many_links_are_opened_in_few_queries(bike, django_assert_max_num_queries):
    people = Citizen.objects.bulk_create([Citizen() for _ in range(3000)])
    pairs = [(citizen, f"BIKE-{number:06d}") for number, citizen in enumerate(people)]
    day = clock.day_start(clock.city_today())
    with django_assert_max_num_queries(10):
        opened = links.open_many(bike, pairs, reads_from=day)
    assert len(opened) == Link.objects.count() == Consent.objects.count() == 3000
    link = Link.objects.select_related("consent").get(subject_digest=digest_subject("station-bike", "BIKE-000042"))
    assert (link.citizen_id, link.subject, link.reads_from) == (people[42].pk, "BIKE-000042", day)
    assert (link.consent.citizen_id, link.consent.step, link.consent.channel) == (people[42].pk, "given", "sandbox")


@pytest.mark.django_db
def test_opening_many_is_all_or_nothing(alice, bob, bike):
    links.establish(alice, bike, "BIKE-1", agree(alice, bike))
    with pytest.raises(IntegrityError), transaction.atomic():
        links.open_many(bike, [(bob, "BIKE-2"), (alice, "BIKE-3")], reads_from=timezone.now())
    assert (Link.objects.count(), Consent.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_what_a_citizen_linked_is_ended_at_once(alice, bike):
    links.establish(alice, bike, "BIKE-1", agree(alice, bike), Tokens("a1"))
    assert len(links.end_all(alice.pk, Link.End.ERASED, Consent.Channel.STAFF)) == 1
    assert links.end_all(alice.pk, Link.End.ERASED, Consent.Channel.STAFF) == []
    assert Link.objects.get().ended_by == "erased"
    assert Revocation.objects.get().token == "a1"


@pytest.mark.django_db
def test_a_link_that_has_ended_gives_no_token(alice, bike):
    link = links.establish(alice, bike, "BIKE-1", agree(alice, bike), Tokens("a1"))
    assert grants.access_token(link) == "a1"
    links.end(link, Link.End.CITIZEN, Consent.Channel.WEB)
    with pytest.raises(grants.RenewalNeeded):
        grants.access_token(link)


@pytest.mark.django_db(transaction=True)
def test_of_two_citizens_at_once_one_gets_the_account(alice, bob, bike, monkeypatch):
    slow = links._renewable

    def check_slowly(*arguments):
        found = slow(*arguments)
        time.sleep(0.3)
        return found

    monkeypatch.setattr(links, "_renewable", check_slowly)
    consent_of = {citizen.pk: agree(citizen, bike) for citizen in (alice, bob)}
    outcomes = []

    def link(citizen):
        try:
            links.establish(citizen, bike, "BIKE-1", consent_of[citizen.pk], Tokens("a", "r"))
            outcomes.append("linked")
        except links.LinkedToOther:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=link, args=[citizen]) for citizen in (alice, bob)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["linked", "refused"]
    assert (Link.objects.count(), Grant.objects.count(), Revocation.objects.count()) == (1, 1, 0)


@pytest.mark.django_db
def test_ending_and_the_job_to_revoke_are_one_transaction(alice, bike):
    from procrastinate.contrib.django.models import ProcrastinateJob

    link = links.establish(alice, bike, "BIKE-1", agree(alice, bike), Tokens("a1", "r1"))
    with pytest.raises(RuntimeError), transaction.atomic():
        links.end(link, Link.End.CITIZEN, Consent.Channel.WEB)
        raise RuntimeError
    assert not ProcrastinateJob.objects.exists() and not Revocation.objects.exists()
    links.end(link, Link.End.CITIZEN, Consent.Channel.WEB)
    assert ProcrastinateJob.objects.get().task_name == "accounts.linking.revoke"


def test_the_jobs_are_known_to_the_worker():
    from procrastinate.contrib.django import app

    known = {"accounts.linking.revoke", "accounts.linking.retry", "accounts.forget_unconfirmed"}
    assert known <= set(app.tasks)


@pytest.mark.django_db
def test_a_consent_text_never_changes(bike):
    with pytest.raises(IntegrityError), transaction.atomic():
        ConsentText.objects.update(reads_en="else")


@pytest.mark.django_db
def test_an_account_that_changes_hands_is_read_from_the_end_of_its_last_link(alice, bob, bike):
    link = links.establish(alice, bike, "BIKE-1", agree(alice, bike))
    assert link.reads_from == clock.day_start(clock.city_today())
    links.end(link, Link.End.CITIZEN, Consent.Channel.WEB)
    link.refresh_from_db()
    assert links.establish(bob, bike, "BIKE-1", agree(bob, bike)).reads_from == link.ended_at
