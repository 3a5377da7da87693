"""How often somebody may guess the token.

Wrong tokens are counted by address (an IPv6 network of 64 bits is one) and in all.
Who guessed wrong too often is not heard for a while, not even with the right token:
otherwise the limit would not limit. Logins that stand already are not touched.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Final

WINDOW_S: Final = 300.0
"""For how long a wrong token counts."""
EACH_MAX: Final = 10
"""Wrong tokens of one address."""
ALL_MAX: Final = 200
"""Wrong tokens of all addresses."""
_ADDRESSES_MAX: Final = 10_000


@dataclass(slots=True)
class Guesses:
    """Wrong tokens of the last minutes."""

    _all: deque[float] = field(default_factory=deque)
    _each: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)

    def wait_s(self, address: str, *, now: float) -> float:
        """Return how long an address must wait before it may show a token; 0: not.

        Args:
            address: Who asks.
            now: Unix seconds.
        """
        own = self._each.get(_group(address), deque())
        waits = [0.0]
        for times, most in ((own, EACH_MAX), (self._all, ALL_MAX)):
            _forget(times, now)
            if len(times) >= most:
                waits.append(times[-most] + WINDOW_S - now)
        return max(waits)

    def wrong(self, address: str, *, now: float) -> None:
        """Count a wrong token."""
        group = _group(address)
        self._each.setdefault(group, deque(maxlen=EACH_MAX)).append(now)
        self._each.move_to_end(group)
        self._all.append(now)
        while len(self._each) > _ADDRESSES_MAX:
            self._each.popitem(last=False)


def _forget(times: deque[float], now: float) -> None:
    while times and times[0] <= now - WINDOW_S:
        times.popleft()


def _group(address: str) -> str:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 6:
        mapped = found.ipv4_mapped
        return str(mapped or ip_network((found, 64), strict=False))
    return str(found)
