"""Which gateway serves which channel, from the settings as they are at the moment of sending."""

from __future__ import annotations

from django.conf import settings

from linli.kernel.judgement.writing import Writer, register_writer
from linli.kernel.notices.models import Channel
from linli.kernel.notices.outbox import Gateway, register_gateway
from linli.ports.gateways.console import console
from linli.ports.gateways.language_model import LanguageModel
from linli.ports.gateways.mail import Mail
from linli.ports.gateways.robots import DingTalk, WeCom
from linli.ports.gateways.sms import DEFAULT, Sms


def register() -> None:
    register_gateway(Channel.SMS, sms)
    register_gateway(Channel.EMAIL, mail)
    register_gateway(Channel.ROBOT, robot)
    register_writer(language_model)


def _otherwise() -> Gateway | None:
    return console if settings.CONSOLE_MESSAGES else None


def sms() -> Gateway | None:
    if not settings.SMS_URL:
        return _otherwise()
    return Sms(settings.SMS_URL, settings.SMS_TOKEN, settings.SMS_TEMPLATE or DEFAULT)


def mail() -> Gateway | None:
    return Mail(settings.DEFAULT_FROM_EMAIL) if settings.EMAIL_HOST else _otherwise()


def robot() -> Gateway | None:
    if settings.DINGTALK_URL:
        return DingTalk(settings.DINGTALK_URL, settings.DINGTALK_SECRET)
    return WeCom(settings.WECOM_URL) if settings.WECOM_URL else _otherwise()


def language_model() -> Writer | None:
    """Only where both an address and a model are set."""
    if not (settings.MODEL_URL and settings.MODEL_NAME):
        return None
    return LanguageModel(settings.MODEL_URL, settings.MODEL_NAME, settings.MODEL_KEY, settings.MODEL_SECONDS)
