"""What a process has taken of the processors and of memory, as the system tells."""

import os
from pathlib import Path

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def took_s(process: int) -> float:
    """Seconds of processors since it began, its own and the system's for it; to a hundredth."""
    parts = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) * TICK_S


def resident_mb(process: int) -> float:
    """Its memory."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0
