from django.apps import AppConfig


class MeasureConfig(AppConfig):
    name = "linli.measure"
    label = "measure"
