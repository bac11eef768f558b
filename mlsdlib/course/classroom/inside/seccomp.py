"""A filter of system calls: what no submission needs, and an attack might.

A namespace hides the host. The filter closes what is left inside: further namespaces, in which one
may mount (and fill memory with file systems that no limit counts), sockets to anywhere, memory
without an owner or beyond what is counted, tracing, limits of other processes.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys

_DENIED = {  # x86_64, aarch64
    "ptrace": (101, 117), "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40),
    "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218), "bpf": (321, 280),
    "perf_event_open": (298, 241), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "userfaultfd": (323, 282), "memfd_create": (319, 279),
    "memfd_secret": (447, 447), "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190),
    "mq_open": (240, 180), "kexec_load": (246, 104), "init_module": (175, 105),
    "finit_module": (313, 273), "swapon": (167, 224), "reboot": (169, 142),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "personality": (135, 92), "pidfd_getfd": (438, 438),
}  # fmt: skip
_CLONE3 = 435
_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_NEW_NAMESPACES = 0x7E020080  # every CLONE_NEW* flag
_ALLOW, _REFUSE, _UNKNOWN = 0x7FFF0000, 0x00050001, 0x00050026  # EPERM, ENOSYS
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NR, _ARCH, _ARGUMENTS = 0, 4, 16 if sys.byteorder == "little" else 20
_NO_NEW_PRIVS, _SET_SECCOMP, _FILTER = 38, 22, 2
_AF_UNIX, _SO_SNDBUF = 1, 7
_LOOKED_AT = (  # the call, which argument, a test of it, and whether that must hold
    ((56, 220), 0, _ANY_BIT, _NEW_NAMESPACES, False),  # clone
    ((41, 198), 0, _EQUAL, _AF_UNIX, True),  # socket
    ((54, 208), 2, _EQUAL, _SO_SNDBUF, False),  # setsockopt
    ((302, 261), 0, _EQUAL, 0, True),  # prlimit64, of the caller itself
)


def available() -> bool:
    """Return whether the filter knows this machine's system calls."""
    return sys.platform == "linux" and os.uname().machine in _ARCHITECTURES


def install() -> None:
    """Filter the system calls of this process and of all that it starts, for good.

    Raises
    ------
    OSError
        If the system takes no filter.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    # A filter may be set by anybody who gives up what set-user-id programs would grant.
    _check(libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0))
    code = _program(*_ARCHITECTURES[os.uname().machine])
    held = ctypes.create_string_buffer(code)
    program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(held))
    _check(libc.prctl(_SET_SECCOMP, _FILTER, ctypes.c_char_p(program), 0, 0))


def _program(architecture: int, column: int) -> bytes:
    """Return the filter, for the machine that runs it in the kernel."""
    denied = [numbers[column] for numbers in _DENIED.values()]
    lines = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _REFUSE),
        (_LOAD, 0, 0, _NR),
    ]
    if column == 0:  # the other numbering of the same processor
        lines += [(_AT_LEAST, 0, 1, 0x40000000), (_RETURN, 0, 0, _REFUSE)]
    for number in denied:
        lines += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSE)]
    # The C library falls back to clone, whose flags a filter can read.
    lines += [(_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _UNKNOWN)]
    for numbers, argument, test, operand, must in _LOOKED_AT:
        lines += [
            (_EQUAL, 0, 4, numbers[column]),
            (_LOAD, 0, 0, _ARGUMENTS + 8 * argument),
            (test, must, not must, operand),
            (_RETURN, 0, 0, _REFUSE),
            (_RETURN, 0, 0, _ALLOW),
        ]
    lines.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def _check(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp: {os.strerror(number)}")
