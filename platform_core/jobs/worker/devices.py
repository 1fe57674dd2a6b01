"""Finds the machine's GPUs without loading a framework."""

import shutil
import subprocess

import structlog
from django.utils import timezone

from platform_core.jobs import place
from platform_core.jobs.models import Device

_log = structlog.get_logger(__name__)
_QUERY = "--query-gpu=index,uuid,name,memory.total"


def detect() -> list[Device]:
    """Ask nvidia-smi; none when it is absent or fails."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return []
    try:
        answer = subprocess.run(  # noqa: S603  (a fixed command)
            [command, _QUERY, "--format=csv,noheader,nounits"],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        _log.warning("gpu_detection_failed", error=str(error))
        return []
    return parse(answer.stdout)


def parse(table: str) -> list[Device]:
    """Read nvidia-smi's table: index, uuid, name, memory in MiB."""
    devices = []
    for row in table.splitlines():
        cells = [cell.strip() for cell in row.split(",")]
        if len(cells) != 4 or not cells[0].isdigit():
            continue
        memory_mib = int(cells[3]) if cells[3].isdigit() else 0  # "[N/A]" on unified memory
        devices.append(
            Device(
                uid=cells[1],
                host=place.host(),
                index=int(cells[0]),
                name=cells[2][:120],
                memory_bytes=memory_mib * 2**20,
            )
        )
    return devices


def register() -> int:
    """Write this machine's devices; return how many there are."""
    found = detect()
    for device in found:
        Device.objects.update_or_create(
            uid=device.uid,
            defaults={
                "host": device.host,
                "index": device.index,
                "name": device.name,
                "memory_bytes": device.memory_bytes,
                "seen_at": timezone.now(),
            },
        )
    return len(found)
