from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FilesConfig(AppConfig):
    name = "linli.kernel.files"
    label = "files"

    def ready(self) -> None:
        from linli.kernel.accounts import events

        events.name("file_read", _("查看不公开的文件"))
