"""Opening sign-ins by phone or e-mail, and forgetting those that nobody confirmed."""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from accounts.models import User

UNCONFIRMED = timedelta(days=1)
"""How long a sign-up waits for its code."""


def find(*, phone: str = "", email: str = "") -> User | None:
    """The user behind an E.164 number or a lower-case e-mail address; a confirmed owner goes before others."""
    if phone:
        return User.objects.filter(phone=phone).first()
    address = EmailAddress.objects.filter(email=email).select_related("user").order_by("-verified", "pk").first()
    return address.user if address else User.objects.filter(email__iexact=email).first()


def open_user(*, phone: str = "", email: str = "") -> User:
    """The user behind the address, opened without a password if there is none.

    Nobody gets in before the code sent to that very address is typed, so an account opened by a stranger
    is worth nothing to the stranger.
    """
    try:
        with transaction.atomic():
            return find(phone=phone, email=email) or _create(phone, email)
    except IntegrityError:  # somebody opened it in this moment
        return User.objects.get(phone=phone)


def _create(phone: str, email: str) -> User:
    user = User(phone=phone or None, email=email)
    user.set_unusable_password()
    user.save()
    if email:
        EmailAddress.objects.create(user=user, email=email, primary=True, verified=False)
    return user


def unconfirmed(before: datetime) -> QuerySet[User]:
    """The users who asked for a code before that instant and never typed it."""
    by_phone = Q(phone__isnull=False, phone_verified=False, email="")
    by_email = Q(emailaddress__verified=False, phone=None)
    strangers = User.objects.filter(
        by_phone | by_email, date_joined__lt=before, last_login=None, password__startswith="!"
    )
    return strangers.filter(is_staff=False, citizen=None)


def forget_unconfirmed(before: datetime) -> int:
    """Delete them; return how many."""
    keys = list(unconfirmed(before).values_list("pk", flat=True))
    User.objects.filter(pk__in=keys).delete()
    return len(keys)


def forget(user: User) -> bool:
    """Delete a sign-in that never opened a carbon account, with its address; False, and nothing done, for any other."""
    deleted, _each = User.objects.filter(pk=user.pk, citizen=None, is_staff=False, password__startswith="!").delete()
    return bool(deleted)


def move(user: User) -> None:
    """The desk gave a person another e-mail address, or took it away: no earlier one opens the account any more."""
    EmailAddress.objects.filter(user=user).delete()
    if user.email:
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)


def sign_out(user: User) -> None:
    """On every device."""
    for session in UserSession.objects.filter(user=user):
        session.end()
