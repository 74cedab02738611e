from django.apps import AppConfig


class PartnerServerConfig(AppConfig):
    name = "sandbox.server"
    label = "partner_server"
    verbose_name = "Partners of the simulated city"
