"""Merchants, their members, contracts and the keys of vouchers."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.staff_admin import ReadOnly
from rewards import contracts, signing
from rewards.models import (
    Contract,
    Member,
    Merchant,
    SigningKey,
)

MAY_ROTATE = "rewards.add_signingkey"


class MemberInline(admin.TabularInline):
    model = Member
    extra = 0
    raw_id_fields = ["user"]


class AgreedFilter(admin.SimpleListFilter):
    """Merchants that cannot be paid because nothing is agreed with them."""

    title = _("contract")
    parameter_name = "contract"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("missing", _("missing, with vouchers to settle"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Merchant]) -> QuerySet[Merchant]:
        return queryset.filter(id__in=contracts.missing().values("id")) if self.value() == "missing" else queryset


@admin.register(Merchant)
class MerchantAdmin(admin.ModelAdmin):
    list_display = ["code", "name_zh", "name_en", "district", "active"]
    list_filter = ["active", AgreedFilter]
    search_fields = ["code", "name_zh", "name_en"]
    inlines = [MemberInline]


@admin.register(SigningKey)
class SigningKeyAdmin(ReadOnly):
    list_display = ["kid", "public_key", "created_at", "retired_at"]
    fields = ["kid", "public_key", "created_at", "retired_at"]
    actions = ["rotate"]

    @admin.action(description=_("Retire the key that signs and make another"), permissions=["rotate"])
    def rotate(self, request: HttpRequest, chosen: QuerySet[SigningKey]) -> None:
        signing.rotate()

    def has_rotate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MAY_ROTATE)


class ContractForm(forms.ModelForm):
    """What the bank's file and its spreadsheet twin can carry."""

    account_name = forms.RegexField(r"^[^=+\-@\s]", label=_("name of the bank account"), max_length=70)
    account_number = forms.RegexField(
        r"^[0-9A-Za-z]{5,34}$",
        label=_("account number"),
        error_messages={"invalid": _("Letters and digits only, 5 to 34 of them.")},
    )
    bank_code = forms.RegexField(
        r"^[0-9]{12}$", label=_("bank (CNAPS number)"), error_messages={"invalid": _("A CNAPS number has 12 digits.")}
    )

    class Meta:
        model = Contract
        fields = ["merchant", "valid_from", "fee_bp", "account_name", "bank_code"]


@admin.register(Contract)
class ContractAdmin(admin.ModelAdmin):
    """A new agreement, or another bank account, is a new contract: what settlements were closed by stays as it was."""

    form = ContractForm
    list_display = ["merchant", "valid_from", "fee_bp", "account_name"]
    fields = ["merchant", "valid_from", "fee_bp", "account_name", "account_number", "bank_code"]

    def save_model(self, request: HttpRequest, obj: Contract, form: Any, change: bool) -> None:
        obj.account_number = form.cleaned_data["account_number"]
        obj.save()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
