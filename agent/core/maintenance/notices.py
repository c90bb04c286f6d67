"""What the network is told beside statuses and facts: in order, kept until it is told, and only once."""

from __future__ import annotations

from agent.core.maintenance.updates import FirmwareNotice
from agent.core.maintenance.uploads import UploadNotice

Notice = UploadNotice | FirmwareNotice
