"""Sockets that listen, and what is said when they cannot."""

import pytest

from backrow.errors import UsageError
from backrow.web.serving import is_loopback, listen, url_of


def test_any_free_port_is_found_and_named() -> None:
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        assert url_of(listening) == f"http://127.0.0.1:{port}"
        assert is_loopback(listening)


def test_port_in_use_is_a_usage_error() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} on 127.0.0.1 is in use"):
            listen("127.0.0.1", port)


def test_address_of_another_machine_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match=r"cannot listen on 192\.0\.2\.1 port 0"):
        listen("192.0.2.1", 0)
