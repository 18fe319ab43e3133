"""A line as people in the country have it: hosts in network namespaces, whose packets pass through this process.

Each host has an access line with a rate, a queue, a delay, losses in bursts, and outages, all of which may change.
It works where the kernel has no netem, and nothing of it leaves the machine. Linux, root and /dev/net/tun.
"""

from __future__ import annotations

import fcntl
import heapq
import itertools
import os
import random
import select
import socket
import struct
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final

TUN: Final = Path("/dev/net/tun")
SET_INTERFACE: Final = 0x400454CA  # TUNSETIFF
NO_HEADER: Final = 0x1001  # IFF_TUN | IFF_NO_PI
MTU: Final = 1400
LONGEST_SLEEP: Final = 0.05  # seconds until a change of the lines is seen


@dataclass
class Way:
    """One direction of an access line."""

    rate: float = 0  # bit/s; 0: as fast as it goes
    delay: float = 0  # seconds
    jitter: float = 0  # seconds, at most
    loss: float = 0  # share of the packets
    burst: float = 1  # packets that are lost together, on average
    queue: float = 0.5  # seconds that packets wait at most for the rate
    down: bool = False
    _free_at: float = field(default=0, repr=False)
    _last_at: float = field(default=0, repr=False)
    _losing: bool = field(default=False, repr=False)

    def through(self, now: float, size: int) -> float | None:
        """When a packet of so many bytes comes out at the other end; None when it does not."""
        if self.down or self._lost():
            return None
        at = now
        if self.rate:
            begins = max(now, self._free_at)
            if begins - now > self.queue:
                return None
            at = self._free_at = begins + size * 8 / self.rate
        self._last_at = max(self._last_at, at + self.delay + random.random() * self.jitter)  # order is kept
        return self._last_at

    def _lost(self) -> bool:
        """Gilbert's model: a good and a bad state, of which the bad one lasts `burst` packets on average."""
        if not self.loss:
            return False
        leaves = 1 / self.burst
        enters = self.loss * leaves / (1 - self.loss)
        self._losing = random.random() > leaves if self._losing else random.random() < enters
        return self._losing


@dataclass
class Host:
    """A machine of its own: commands that begin with `inside` run on it."""

    address: str
    inside: tuple[str, ...]
    tun: int
    up: Way = field(default_factory=Way)
    down: Way = field(default_factory=Way)

    def cut(self) -> None:
        """Nothing goes through any more."""
        self.up.down = self.down.down = True

    def mend(self) -> None:
        """All goes through as before."""
        self.up.down = self.down.down = False


class Network:
    """`with Network("server", "doctor") as network: subprocess.run([*network.hosts["doctor"].inside, …])`."""

    def __init__(self, *names: str) -> None:
        self.hosts: dict[str, Host] = {}
        self._names = names
        self._spaces: list[str] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._forward, daemon=True)

    def __enter__(self) -> Network:
        if os.geteuid() != 0 or not os.access(TUN, os.R_OK | os.W_OK):
            raise SystemExit("Lines cannot be emulated here: that needs root and /dev/net/tun (modprobe tun).")
        try:
            for number, name in enumerate(self._names, 1):
                self.hosts[name] = self._host(name, f"10.77.0.{number}")
        except BaseException:
            self._clear()
            raise
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._clear()

    def _host(self, name: str, address: str) -> Host:
        space, interface = f"telecare-{os.getpid()}-{name}", f"tc{os.getpid() % 100_000}{name[:4]}"
        _run("ip", "netns", "add", space)
        self._spaces.append(space)
        tun = os.open(TUN, os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(tun, SET_INTERFACE, struct.pack("16sH", interface.encode(), NO_HEADER))
        inside = ("ip", "netns", "exec", space)
        _run("ip", "link", "set", interface, "netns", space)
        _run(*inside, "ip", "link", "set", "lo", "up")
        _run(*inside, "ip", "address", "add", f"{address}/24", "dev", interface)
        _run(*inside, "ip", "link", "set", interface, "mtu", str(MTU), "up")
        return Host(address, inside, tun)

    def _clear(self) -> None:
        for host in self.hosts.values():
            os.close(host.tun)
        for space in self._spaces:
            _run("ip", "netns", "delete", space)

    def _forward(self) -> None:
        """Read packets, hold each as long as both lines take, hand it over. IPv4 between our hosts, nothing else."""
        hosts = {host.tun: host for host in self.hosts.values()}
        addressed = {socket.inet_aton(host.address): host for host in self.hosts.values()}
        numbers = itertools.count()
        held: list[tuple[float, int, Host, bytes]] = []
        while not self._ended.is_set():
            pause = max(0.0, min(LONGEST_SLEEP, held[0][0] - time.monotonic())) if held else LONGEST_SLEEP
            for tun in select.select(list(hosts), [], [], pause)[0]:
                packet = os.read(tun, 65535)
                target = addressed.get(packet[16:20]) if packet[0] >> 4 == 4 else None
                if target is None or (at := hosts[tun].up.through(time.monotonic(), len(packet))) is None:
                    continue
                if (at := target.down.through(at, len(packet))) is not None:
                    heapq.heappush(held, (at, next(numbers), target, packet))
            while held and held[0][0] <= time.monotonic():
                _, _, target, packet = heapq.heappop(held)
                os.write(target.tun, packet)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
