from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FilesConfig(AppConfig):
    name = "linli.kernel.files"
    label = "files"

    def ready(self) -> None:
        from linli.kernel.access.resealing import add_folder
        from linli.kernel.accounts import events
        from linli.kernel.files import kept
        from linli.web.kept import Keeper, keep_by

        events.name("file_read", _("查看不公开的文件"))
        add_folder(kept.FILES.resealed)
        keep_by(Keeper(kept.shown, kept.waiting))
