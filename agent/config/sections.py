"""Sections of the site file that have a file of their own, for `model.py`, which joins them."""

from agent.config.circuit import CircuitConfig as CircuitConfig  # noqa: PLC0414
from agent.config.circuit import HandoverConfig as HandoverConfig  # noqa: PLC0414
from agent.config.circuit import References as References  # noqa: PLC0414
from agent.config.metrics import MetricsConfig as MetricsConfig  # noqa: PLC0414
from agent.config.mqtt import MqttConfig as MqttConfig  # noqa: PLC0414
from agent.config.support import SupportConfig as SupportConfig  # noqa: PLC0414
from agent.config.transfer import HttpUpload as HttpUpload  # noqa: PLC0414
from agent.config.transfer import TransferConfig as TransferConfig  # noqa: PLC0414
from agent.config.transfer import TransferScheme as TransferScheme  # noqa: PLC0414
