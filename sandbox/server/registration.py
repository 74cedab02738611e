"""What the partners need before the city can ask them: its client at each, and customers."""

from allauth.idp.oidc.models import Client
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import transaction

from sandbox.server.partners import BRANDS, usernames


def register_client(client_id: str, secret: str, redirect_uri: str) -> Client:
    """The city as a client of one partner; the same again changes nothing else."""
    client, _created = Client.objects.get_or_create(id=client_id)
    client.name = "碳普惠 Tanpuhui"
    client.type = Client.Type.CONFIDENTIAL
    client.set_secret(secret)
    client.set_scopes(["openid", BRANDS[client_id].scope])
    client.set_grant_types([Client.GrantType.AUTHORIZATION_CODE, Client.GrantType.REFRESH_TOKEN])
    client.set_response_types([Client.ResponseType.CODE])
    client.set_redirect_uris([redirect_uri])
    client.save()
    return client


@transaction.atomic
def add_people(count: int, password: str) -> None:
    """Customers `person1` to `person<count>`, all with that password; those who are there stay."""
    hashed = make_password(password)
    people = [User(username=name, password=hashed) for name in usernames(count)]
    User.objects.bulk_create(people, ignore_conflicts=True)
    User.objects.filter(username__in=list(usernames(count))).update(password=hashed)
