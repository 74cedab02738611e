from allauth.socialaccount.adapter import DefaultSocialAccountAdapter


class PartnerAdapter(DefaultSocialAccountAdapter):
    pass
