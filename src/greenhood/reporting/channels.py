"""How a reminder reaches people: the log, mail, 企业微信, SMS, or a channel of one's own named in the settings.

A channel is a class without arguments and with one method, ``send(messages) -> int``. It gets all messages of a night at once, says how many
it took, leaves out people whom it can't reach, and raises nothing for a single one that fails. ``GREENHOOD_REMINDER_CHANNELS`` lists
``console``, ``mail``, ``wecom``, ``sms`` or the dotted path of such a class, say ``province_sms.channel.Sms``.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, get_connection
from django.utils.module_loading import import_string

from greenhood.reporting.gateways import Sms, Wecom
from greenhood.reporting.messages import Message

__all__ = ["OWN", "Channel", "Console", "Mail", "Message", "Sms", "Wecom", "channels"]

logger = logging.getLogger("greenhood.reporting")


class Channel(Protocol):
    """Where messages go."""

    def send(self, messages: Sequence[Message]) -> int:
        """How many were taken."""
        ...


class Console:
    """Writes titles into the log, without names or numbers of people."""

    def send(self, messages: Sequence[Message]) -> int:
        for message in messages:
            logger.info("报送提醒：%s", message.title)
        return len(messages)


class Mail:
    """Mail to those who have an address, over one connection."""

    def send(self, messages: Sequence[Message]) -> int:
        mails = [EmailMessage(each.title, each.text, to=[each.email]) for each in messages if each.email]
        return int(get_connection(fail_silently=True).send_messages(mails) or 0) if mails else 0


OWN: Mapping[str, type[Channel]] = {"console": Console, "mail": Mail, "wecom": Wecom, "sms": Sms}


def channels() -> dict[str, Channel]:
    """The channels of the settings by name. Raises ImproperlyConfigured for one that can't be found."""
    return {name: _channel(name) for name in settings.REMINDER_CHANNELS}


def _channel(name: str) -> Channel:
    if name in OWN:
        return OWN[name]()
    try:
        made: Channel = import_string(name)()
    except ImportError as problem:
        raise ImproperlyConfigured(
            f"GREENHOOD_REMINDER_CHANNELS 中的“{name}”不是 console、mail、wecom、sms，也不是可以载入的类：{problem}"
        ) from problem
    return made
