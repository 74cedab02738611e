from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider


class PartnerProvider(OpenIDConnectProvider):
    pass
