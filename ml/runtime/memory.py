"""What the process's allocator holds, and giving it back to the system.

Linux with glibc; elsewhere `held_bytes` is the resident size and `give_back` does nothing.
"""

import ctypes
from pathlib import Path

_PAGE_BYTES = 4096


class _MallInfo2(ctypes.Structure):
    """`struct mallinfo2` of glibc 2.33 and later (malloc.h)."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena", "ordblks", "smblks", "hblks", "hblkhd",
            "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost",
        )
    ]  # fmt: skip


def _libc() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL("libc.so.6")
        library.mallinfo2.restype = _MallInfo2
        library.malloc_trim.argtypes = [ctypes.c_size_t]
    except (OSError, AttributeError):
        return None
    return library


_LIBC = _libc()


def held_bytes() -> int:
    """Return the bytes handed out by malloc and not freed: heap blocks and mapped ones.

    Unlike the resident size it does not change with pages the allocator keeps for later, so the
    difference over a load is what the load holds.
    """
    if _LIBC is None:
        return resident_bytes()
    info = _LIBC.mallinfo2()
    return int(info.uordblks + info.hblkhd)


def resident_bytes() -> int:
    """Return the process's resident set size."""
    try:
        fields = Path("/proc/self/statm").read_text().split()
    except OSError:
        return 0
    return int(fields[1]) * _PAGE_BYTES


def give_back() -> None:
    """Return free pages of every arena to the system; takes milliseconds, so call it in a thread."""
    if _LIBC is not None:
        _LIBC.malloc_trim(0)
