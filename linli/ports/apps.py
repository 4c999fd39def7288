from django.apps import AppConfig


class PortsConfig(AppConfig):
    name = "linli.ports"
    label = "ports"
