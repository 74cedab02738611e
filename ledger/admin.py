"""The book for staff: everything can be looked at, nothing can be changed."""

from datetime import date
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config import clock
from config.staff_admin import ReadOnly
from ledger import expiry
from ledger.models import Account, ExpiryNotice, ExpiryRule, ExpirySweep, Hold, Transfer
from ledger.statements import derived_balance


class BookAdmin(ReadOnly):
    """Lists and looks, for books that only station functions write. A search is for one whole id, by index."""

    show_full_result_count = False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term:
            return queryset, False
        try:
            wanted = UUID(search_term.strip())
        except ValueError:
            return queryset.none(), False
        return queryset.filter(reduce(or_, (Q((field, wanted)) for field in self.search_fields))), False


@admin.register(Account)
class AccountAdmin(BookAdmin):
    list_display = ["id", "code", "holder", "balance", "created_at"]
    list_filter = ["code"]
    search_fields = ["id", "holder"]
    search_help_text = _("The whole id of an account or of its holder.")
    fields = ["id", "code", "holder", "balance", "derived", "created_at"]
    ordering = ["-id"]

    @admin.display(description=_("balance from the transfers"))
    def derived(self, account: Account) -> int:
        return derived_balance(account.id)


@admin.register(Transfer)
class TransferAdmin(BookAdmin):
    list_display = ["created_at", "code", "amount", "debit_account", "credit_account", "reference"]
    list_filter = ["code"]
    list_select_related = ["debit_account", "credit_account"]
    search_fields = ["id", "reference", "debit_account__holder", "credit_account__holder"]
    search_help_text = _("The whole id of a transfer, of what it is for, or of a holder.")
    fields = ["id", "code", "amount", "debit_account", "credit_account", "reference", "created_at"]
    ordering = ["-id"]


@admin.register(Hold)
class HoldAdmin(BookAdmin):
    list_display = ["id", "state", "amount", "holder", "created_at", "expires_at", "closed_at"]
    list_filter = ["state"]
    search_fields = ["id", "holder"]
    search_help_text = _("The whole id of a hold or of its holder.")
    ordering = ["-created_at"]


class ExpiryRuleForm(forms.ModelForm):
    """A rule is saved once its effect was looked at: the form comes back with it, and asks."""

    looked_at = forms.BooleanField(label=_("I have looked at the effect"), required=False)
    effect: list[tuple[date, date | None, date | None]] = []
    """Points earned before a day; when they expire as it is now; when with this rule."""

    class Meta:
        model = ExpiryRule
        fields = ["valid_from", "period_months", "life_months"]

    def clean(self) -> dict[str, Any]:
        told = super().clean() or self.cleaned_data
        if self.errors:
            return told
        rule = ExpiryRule(**{name: told[name] for name in ("valid_from", "period_months", "life_months")})
        others, today = list(ExpiryRule.objects.all()), clock.city_today()
        if rule.valid_from.day != 1:
            self.add_error("valid_from", _("A rule begins on the first day of a month."))
        elif not expiry.is_told_ahead(rule, others, today):
            self.add_error("valid_from", _refusal(rule, others, today))
        else:
            self.effect = expiry.effect(rule, others, today)
            if not told["looked_at"]:
                self.add_error(
                    "looked_at", _("Look at the effect above first. A rule cannot be changed or taken back.")
                )
        return told


def _refusal(rule: ExpiryRule, others: list[ExpiryRule], today: date) -> str:
    if rule.valid_from <= today:
        return gettext("A rule begins in the future: citizens were told by those that were in force before.")
    said = gettext(
        "Points would expire on %(day)s. That must be more than 60 days away, so that everybody is told twice."
    )
    return said % {"day": expiry.first_expiry(rule, others)}


@admin.register(ExpiryRule)
class ExpiryRuleAdmin(admin.ModelAdmin):
    """Rules are added and never changed: citizens were told by them."""

    form = ExpiryRuleForm
    list_display = ["valid_from", "period_months", "life_months"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ExpirySweep)
class ExpirySweepAdmin(ReadOnly):
    list_display = ["expires_on", "step", "earned_before", "started_at", "done_at"]
    list_filter = ["step"]


@admin.register(ExpiryNotice)
class ExpiryNoticeAdmin(BookAdmin):
    list_display = ["created_at", "holder", "expires_on", "days_before", "points"]
    list_filter = ["days_before", "expires_on"]
    search_fields = ["holder"]
    search_help_text = _("The whole id of an account or of its holder.")
    ordering = ["-created_at"]
