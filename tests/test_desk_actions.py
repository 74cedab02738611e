"""Whoever may only look at the desk's lists changes nothing there."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import RequestFactory

from accounts.models import User


@pytest.fixture
def onlooker(db):
    """May see everything."""
    user = User.objects.create_user("onlooker", email="onlooker@example.org", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    return user


def test_who_may_only_look_has_no_action(onlooker):
    request = RequestFactory().get("/admin/")
    request.user = onlooker
    offered = {model._meta.label: set(desk.get_actions(request)) for model, desk in admin.site._registry.items()}
    assert {label: actions for label, actions in offered.items() if actions} == {}
    assert all(desk.has_view_permission(request) for desk in admin.site._registry.values())


def test_who_may_only_look_adds_changes_and_deletes_nothing(onlooker):
    request = RequestFactory().get("/admin/")
    request.user = onlooker
    for desk in admin.site._registry.values():
        assert not desk.has_add_permission(request), desk
        assert not desk.has_change_permission(request), desk
        assert not desk.has_delete_permission(request), desk
