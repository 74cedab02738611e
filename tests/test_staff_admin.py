"""The door to the city desk."""

from django.contrib import admin
from django.utils.translation import override

from accounts.models import User


def test_the_desk_sends_strangers_to_sign_in(client, db):
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/")
    assert answer.status_code == 200


def test_the_desk_refuses_who_is_no_staff(client, alice):
    client.force_login(alice.user)
    assert client.get("/admin/login/").status_code == 403


def test_the_desk_lets_staff_in(client, db):
    client.force_login(User.objects.create_superuser("staff", "staff@example.org"))
    assert client.get("/admin/").status_code == 200


def test_every_label_of_the_admin_is_chinese_in_chinese():
    """A word in Latin letters is one that nobody translated; its place is config/labels.py."""
    english = []
    with override("zh-hans"):
        for model in admin.site._registry:
            meta = model._meta
            labels = [meta.verbose_name, meta.verbose_name_plural, meta.app_config.verbose_name]
            labels += [field.verbose_name for field in meta.fields]
            english += [f"{meta.label}: {label}" for label in labels if str(label).isascii() and label != "ID"]
    assert english == []
