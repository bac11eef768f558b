"""Walls around a process: namespaces, a root of its own, limits, nothing to gain by breaking out.

Three steps, in three processes: `leave_host` in the one that stays outside and waits, `build_root`
and `drop_privileges` in the first one inside, `limit` in the one that runs a submission.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

from . import seccomp

NEW_MOUNTS, NEW_UTS, NEW_IPC, NEW_USER = 0x20000, 0x4000000, 0x8000000, 0x10000000
NEW_PIDS, NEW_NETWORK = 0x20000000, 0x40000000
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT = 1, 2, 4, 8, 32
_BIND, _REC, _PRIVATE, _NOATIME, _NODIRATIME, _RELATIME = 4096, 16384, 1 << 18, 1024, 2048, 1 << 21
_DETACH = 2
_PDEATHSIG, _SUBREAPER, _BOUNDING_DROP, _NO_NEW_PRIVS = 1, 36, 24, 38
FIRST_USER = 2_000_000_000
WORK, PACKAGE = "/.mlsd/work", "/.mlsd/package"
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")


def leave_host(*, as_root: bool) -> None:
    """Put the processes that this one is going to start into namespaces of their own.

    Parameters
    ----------
    as_root : bool
        Whether this process may do so by right; else it enters a user namespace, where it may.
    """
    ids = os.geteuid(), os.getegid()
    flags = NEW_PIDS | NEW_NETWORK | NEW_IPC | NEW_UTS
    _call("unshare", flags if as_root else flags | NEW_USER)
    if not as_root:
        for name, words in (
            ("setgroups", "deny"),
            ("uid_map", f"{ids[0]} {ids[0]} 1"),
            ("gid_map", f"{ids[1]} {ids[1]} 1"),
        ):
            Path(f"/proc/self/{name}").write_text(words)


def build_root(
    place: str, binds: list[list[str]], hidden: list[str], *, disk: int, user: int | None
) -> None:
    """Make a file system of read-only parts of the host and one small folder to write; enter it.

    Parameters
    ----------
    place : str
        An empty folder to build it on; the host never sees what is mounted there.
    binds : list of [source, target]
        What to show, and where.
    hidden : list of str
        Folders inside these that are to be empty.
    disk : int
        Bytes that may be written.
    user : int, optional
        Who owns the folder to write.
    """
    _call("unshare", NEW_MOUNTS)
    _mount("none", "/", None, _REC | _PRIVATE)
    _mount("tmpfs", place, "tmpfs", _NOSUID | _NODEV, "size=1m,mode=755")
    for source, target in binds:
        _bind(source, place + target, _NODEV)
    for device in DEVICES:
        _bind(device, place + device, 0)
    for folder in hidden:
        _mount("tmpfs", place + folder, "tmpfs", _RDONLY | _NOSUID | _NODEV, "size=4k,mode=755")
    for name in ("/bin", "/lib", "/lib64", "/sbin"):  # links into /usr, nowadays
        if Path(name).is_symlink():
            Path(place + name).symlink_to(Path(name).readlink())
    Path(place + WORK).mkdir(parents=True)
    owner = "" if user is None else f",uid={user},gid={user}"
    options = f"size={disk},nr_inodes=4096,mode=700{owner}"
    _mount("tmpfs", place + WORK, "tmpfs", _NOSUID | _NODEV, options)
    if not Path(f"{place}/tmp").exists():
        Path(f"{place}/tmp").symlink_to(WORK)
    os.chdir(place)
    # The old root lies on top of the new one, and is taken away.
    _call("pivot_root", b".", b".")
    _call("umount2", b".", _DETACH)
    os.chdir("/")
    _mount("none", "/", None, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)
    os.chdir(WORK)


def user_of_jail(pid: int) -> int:
    """Return a user id that no other jail has: limits on processes count by user."""
    return FIRST_USER + pid


def drop_privileges(user: int | None) -> None:
    """Become `user`, and give up every right to get more; None to stay who this is."""
    for capability in range(64):
        if _libc().prctl(_BOUNDING_DROP, capability, 0, 0, 0):
            break
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    _call("prctl", _NO_NEW_PRIVS, 1, 0, 0, 0)
    # In a user namespace all capabilities are held without being that user.
    header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    _call("capset", header, none)


def die_with(parent: int) -> None:
    """Ask to be killed as soon as the parent ends; end at once where it has."""
    if sys.platform == "linux":
        _call("prctl", _PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """Become the parent of every descendant that loses its own."""
    if sys.platform == "linux":
        _call("prctl", _SUBREAPER, 1, 0, 0, 0)


def filter_calls() -> None:
    """Filter system calls where this machine's are known."""
    if seccomp.available():
        seccomp.install()


def limit(*, cpu_seconds: float, memory: int, file: int, processes: int, files: int) -> None:
    """Limit this process and what it starts.

    Parameters
    ----------
    cpu_seconds : float
        CPU time of each process; the last second brings a signal, the end SIGKILL.
    memory : int
        Bytes of data. Not of address space: libraries reserve more than they ever use.
    file : int
        Bytes of the largest file.
    processes : int
        Processes and threads of the user.
    files : int
        Open files.
    """
    cpu = max(1, round(cpu_seconds))
    wanted = {
        "RLIMIT_CPU": (cpu, cpu + 1),
        "RLIMIT_DATA": (memory, memory),
        "RLIMIT_FSIZE": (file, file),
        "RLIMIT_NPROC": (processes, processes),
        "RLIMIT_NOFILE": (files, files),
        "RLIMIT_CORE": (0, 0),
        "RLIMIT_MEMLOCK": (0, 0),
        "RLIMIT_MSGQUEUE": (0, 0),
    }
    for name, pair in wanted.items():
        if hasattr(resource, name):  # not every system has all of them
            with contextlib.suppress(ValueError, OSError):  # less is allowed already
                resource.setrlimit(getattr(resource, name), pair)


def _bind(source: str, target: str, more: int) -> None:
    if Path(source).is_dir():
        Path(target).mkdir(parents=True, exist_ok=True)
    else:
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        Path(target).touch()
    _mount(source, target, None, _BIND | _REC)
    # In a user namespace what the host forbids for a mount must stay forbidden.
    kept = os.statvfs(target).f_flag & (_NOSUID | _NODEV | _NOEXEC | _NOATIME | _NODIRATIME)
    relative = _RELATIME if os.statvfs(target).f_flag & 4096 else 0
    _mount("none", target, None, _REMOUNT | _BIND | _RDONLY | _NOSUID | more | kept | relative)


def _mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    words = [word.encode() if word is not None else None for word in (source, target, kind)]
    try:
        _call("mount", *words, ctypes.c_ulong(flags), options.encode())
    except OSError as err:
        raise OSError(err.errno, f"{source} on {target}, {err.strerror}") from None


def _call(name: str, *arguments: object) -> None:
    """Call a function of the C library that returns 0; `OSError` if it does not."""
    libc = _libc()
    if name == "pivot_root":  # the library has no name for it
        result = libc.syscall({"x86_64": 155}.get(os.uname().machine, 41), *arguments)
    else:
        result = getattr(libc, name)(*arguments)
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
