from django.apps import AppConfig


class AskedConfig(AppConfig):
    name = "linli.measure.asked"
    label = "measure_asked"
