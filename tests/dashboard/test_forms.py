"""What is typed wrongly is answered by what would be right, in both languages and never in the framework's words."""

import pytest
from django.utils import translation

from accounts.models import Group
from dashboard.community.forms import ChallengeForm, CodeForm, EnterCodeForm, GroupForm
from dashboard.me.forms import GoalForm, ProfileForm

GOAL = ("每周目标为 0.1 至 1,000 千克。", "A goal for a week is 0.1 to 1,000 kilograms.")
NAME = ("请填写 2 至 30 个字的名称。", "Give it a name of 2 to 30 characters.")
CODE = ("请照收到的内容填写，例如 C7WK4X9M。", "Enter the code as it was given to you, such as C7WK4X9M.")
COMMON = ("共同目标为 1 至 1,000,000,000 千克，不含小数。", "A common goal is 1 to 1,000,000,000 kg, without decimals.")
DAY = ("请选择日期，例如 2026-05-01。", "Choose a day, such as 2026-05-01.")
TEAM = ("请选择您管理的小组。", "Choose one of the groups that you keep.")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("make", "field", "typed", "said"),
    [
        (ProfileForm, "nickname", "n" * 21, ("昵称最多 20 个字。", "A nickname has 20 characters at most.")),
        (
            ProfileForm,
            "district",
            "atlantis",
            ("请选择所在区，也可以不填写。", "Choose one of the districts, or rather not say."),
        ),
        (GoalForm, "weekly_goal_kg", "0.05", GOAL),
        (GoalForm, "weekly_goal_kg", "1000.5", GOAL),
        (GoalForm, "weekly_goal_kg", "12345678", GOAL),
        (GoalForm, "weekly_goal_kg", "much", GOAL),
        (
            GoalForm,
            "weekly_goal_kg",
            "2.125",
            ("每周目标最多两位小数，例如 2.25。", "A goal has two decimals at most, such as 2.25."),
        ),
        (GroupForm, "name", "", NAME),
        (GroupForm, "name", "n" * 31, NAME),
        (GroupForm, "kind", "", ("请选择一种小组类型。", "Choose one of these kinds.")),
        (GroupForm, "kind", "party", ("请选择一种小组类型。", "Choose one of these kinds.")),
        (CodeForm, "code", "", CODE),
        (CodeForm, "code", "A" * 13, CODE),
        (EnterCodeForm, "code", "", CODE),
        (EnterCodeForm, "team", "7", TEAM),
        (ChallengeForm, "team", "", TEAM),
        (ChallengeForm, "name", "n" * 31, NAME),
        (ChallengeForm, "starts_on", "", DAY),
        (ChallengeForm, "ends_on", "tomorrow", DAY),
        (ChallengeForm, "goal_kg", "", COMMON),
        (ChallengeForm, "goal_kg", "0", COMMON),
        (ChallengeForm, "goal_kg", "1.5", COMMON),
        (ChallengeForm, "goal_kg", "1000000001", COMMON),
    ],
)
def test_a_form_says_what_would_be_right(make, field, typed, said):
    kept = {"kept": []} if make in (ChallengeForm, EnterCodeForm) else {}
    for language, words in zip(("zh-hans", "en"), said, strict=True):
        with translation.override(language):
            errors = set(make({field: typed}, **kept).errors[field])
            assert errors == {words}


def test_kinds_of_groups_begin_with_a_capital():
    with translation.override("en"):
        assert dict(GroupForm().fields["kind"].choices)[Group.Kind.FRIENDS] == "Friends and family"
