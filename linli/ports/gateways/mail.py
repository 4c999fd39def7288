"""E-mail through the operator's SMTP server. The key becomes the Message-ID, by which mail servers drop a second copy."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from email.utils import parseaddr

from django.core.mail import EmailMessage, get_connection

from linli.ports.gateways.wire import READ, NotSent


@dataclass(frozen=True)
class Mail:
    sender: str

    def __call__(self, *, to: str, title: str, body: str, key: str) -> None:
        if "@" not in to or any(c in to for c in "\r\n,"):
            raise NotSent("e-mail: the message has no usable address")
        domain = parseaddr(self.sender)[1].rpartition("@")[2] or "localhost"
        message = EmailMessage(
            " ".join(title.split()),
            body or title,
            self.sender,
            [to],
            headers={"Message-ID": f"<{key}@{domain}>"},
            connection=get_connection(timeout=READ),
        )
        try:
            sent = message.send()
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(f"e-mail: {type(error).__name__}") from None
        if not sent:
            raise NotSent("e-mail: the server took nothing")
