"""How much memory decoded images may take."""

from __future__ import annotations

import ctypes
import os
import sys

_FALLBACK_BYTES = 8 * 2**30


def physical_bytes() -> int:
    """Memory of this machine; 8 GiB where the system does not tell."""
    if sys.platform == "win32":
        return _windows_bytes()
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return _FALLBACK_BYTES


def budget_bytes(budget_mb: int) -> int:
    """Budget of the settings: ``budget_mb``, or half of the machine's memory for 0."""
    return budget_mb * 2**20 if budget_mb > 0 else physical_bytes() // 2


def _windows_bytes() -> int:
    kilobytes = ctypes.c_ulonglong(0)
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - exists on Windows only
    is_known = kernel.GetPhysicallyInstalledSystemMemory(ctypes.byref(kilobytes))
    return kilobytes.value * 1024 if is_known else _FALLBACK_BYTES
