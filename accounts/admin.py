"""The city desk's view of people and partners."""

from allauth.account import admin as _addresses  # noqa: F401  registers what is taken off below
from allauth.account.models import EmailAddress
from allauth.mfa import admin as _second_steps  # noqa: F401
from allauth.mfa.models import Authenticator
from allauth.usersessions import admin as _sessions  # noqa: F401
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group as RightsGroup
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import addresses, groups, partners, registration
from accounts.models import BlockedWord, Citizen, Consent, ConsentText, District, Group, Partner, User
from config.staff_admin import ReadOnly


def _require_free(email: str, user: User) -> str:
    taken = User.objects.filter(email__iexact=email) | User.objects.filter(emailaddress__email__iexact=email)
    if taken.exclude(pk=user.pk).exists():
        raise ValidationError(_("Give an e-mail address that nobody has here yet."))
    return email.lower()


class PersonForm(UserChangeForm):
    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        return _require_free(email, self.instance) if email else ""

    def clean_phone(self) -> str | None:
        return addresses.clean_phone(self.cleaned_data["phone"] or "") or None


class NewPersonForm(forms.ModelForm):
    """A staff member or merchant: reached by e-mail, with a password set in the next step or by code."""

    class Meta:
        model = User
        fields = ["email", "first_name", "last_name"]

    def clean_email(self) -> str:
        if not self.cleaned_data["email"]:
            raise ValidationError(_("Give an e-mail address that nobody has here yet."))
        return _require_free(self.cleaned_data["email"], self.instance)

    def save(self, commit: bool = True) -> User:
        user = super().save(commit=False)
        user.set_unusable_password()
        user.save()
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
        return user

    def save_m2m(self) -> None:
        """Nothing: the form has no such fields."""


# addresses and sessions are seen to on the user's page, the other two have narrower pages here
for model in (EmailAddress, UserSession, RightsGroup, Authenticator):
    admin.site.unregister(model)


@admin.register(RightsGroup)
class RightsGroupAdmin(DjangoGroupAdmin):
    """Whoever could change what a group may do could give themselves anything."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: RightsGroup | None = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: RightsGroup | None = None) -> bool:
        return bool(request.user.is_superuser)


@admin.register(Authenticator)
class SecondStepAdmin(ReadOnly):
    """Who has lost the second step gets it taken off by a superuser, and sets up another."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    list_select_related = ["user"]
    search_fields = ["user__email", "user__phone"]
    fields = ["user", "type", "created_at", "last_used_at"]

    def has_delete_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        return bool(request.user.is_superuser)


RIGHTS = ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    """People leave by themselves (privacy.erase), and only a superuser touches staff and what staff may do."""

    form = PersonForm
    add_form = NewPersonForm
    list_display = ["__str__", "phone", "email", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_active"]
    search_fields = ["email", "phone"]
    ordering = ["-date_joined"]
    fieldsets = [
        (None, {"fields": ["email", "phone", "phone_verified", "password"]}),
        (_("Person"), {"fields": ["first_name", "last_name"]}),
        (_("Rights"), {"fields": RIGHTS}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "first_name", "last_name"]})]
    readonly_fields = ["phone_verified", "last_login", "date_joined"]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        return [*self.readonly_fields, *([] if request.user.is_superuser else RIGHTS)]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        above = obj is not None and (obj.is_staff or obj.is_superuser) and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not above

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and {"email", "phone", *RIGHTS} & set(form.changed_data):
            registration.sign_out(obj)
        if change and "email" in form.changed_data:
            registration.move(obj)


@admin.register(District)
class DistrictAdmin(admin.ModelAdmin):
    list_display = ["code", "name_zh", "name_en"]
    search_fields = ["code", "name_zh", "name_en"]


@admin.register(Citizen)
class CitizenAdmin(admin.ModelAdmin):
    list_display = ["__str__", "district", "ranked", "created_at", "suspended_at", "erased_at"]
    list_filter = ["ranked", "district"]
    list_select_related = ["district"]
    search_fields = ["id", "nickname", "user__email", "user__phone"]
    fields = ["id", "user", "nickname", "district", "ranked", "created_at", "suspended_at", "erased_at"]
    readonly_fields = ["id", "user", "nickname", "district", "ranked", "created_at", "erased_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Citizen | None = None) -> bool:
        return False


class PartnerForm(forms.ModelForm):
    new_client_secret = forms.CharField(
        label=_("new client secret"),
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Never shown again. Leave empty to keep the present one."),
    )

    issuer_url = forms.URLField(label=_("issuer"), required=False, assume_scheme="https")

    class Meta:
        model = Partner
        fields = ["code", "name_zh", "name_en", "kind", "active", "issuer_url", "client_id", "scope"]

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if code in partners.RESERVED_CODES:
            raise ValidationError(_("This code is used for an address of ours."))
        return code

    def clean_issuer_url(self) -> str:
        url: str = self.cleaned_data["issuer_url"].rstrip("/")
        if url and not partners.may_be_called(url):
            raise ValidationError(_("An issuer is reached by https only."))
        return url

    def save(self, commit: bool = True) -> Partner:
        if secret := self.cleaned_data["new_client_secret"]:
            self.instance.client_secret = secret
        return super().save(commit)


@admin.register(Partner)
class PartnerAdmin(admin.ModelAdmin):
    form = PartnerForm
    list_display = ["code", "name_zh", "name_en", "kind", "active", "issuer_url"]
    list_filter = ["kind", "active"]
    search_fields = ["code", "name_zh", "name_en"]

    def get_readonly_fields(self, request: HttpRequest, obj: Partner | None = None) -> list[str]:
        """The code is part of how subjects are found again."""
        return ["code"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Partner | None = None) -> bool:
        return False


@admin.register(ConsentText)
class ConsentTextAdmin(admin.ModelAdmin):
    """A text is published once; a change is a new version."""

    list_display = ["partner", "version", "published_at"]
    list_filter = ["partner"]
    list_select_related = ["partner"]

    def has_change_permission(self, request: HttpRequest, obj: ConsentText | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ConsentText | None = None) -> bool:
        return False


@admin.register(Consent)
class ConsentAdmin(ReadOnly):
    list_display = ["created_at", "citizen_id", "text", "step", "channel"]
    list_filter = ["step", "channel"]
    list_select_related = ["text__partner"]
    search_fields = ["citizen_id"]


@admin.register(BlockedWord)
class BlockedWordAdmin(admin.ModelAdmin):
    list_display = ["word"]
    search_fields = ["word"]


@admin.register(Group)
class GroupAdmin(ReadOnly):
    """Groups by name; those whose name was reported first. Who is in them is not the desk's business."""

    list_display = ["name", "kind", "reported_at", "created_at"]
    list_filter = ["kind", ("reported_at", admin.EmptyFieldListFilter)]
    search_fields = ["name"]
    ordering = [F("reported_at").desc(nulls_last=True), "-id"]
    fields = ["name", "kind", "reported_at", "created_at"]
    actions = ["take_name"]

    @admin.action(description=_("Take the name away"), permissions=["delete_name"])
    def take_name(self, request: HttpRequest, queryset: QuerySet[Group]) -> None:
        for group in queryset:
            groups.take_name(group)

    def has_delete_name_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_group")
