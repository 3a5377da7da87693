"""How often somebody may guess."""

from __future__ import annotations

from backrow.web.pages.access.guesses import ALL_MAX, EACH_MAX, WINDOW_S, Guesses


def guessed(guesses: Guesses, address: str, times: int, now: float = 0.0) -> None:
    for _ in range(times):
        guesses.wrong(address, now=now)


def test_one_address_has_ten_guesses_in_five_minutes() -> None:
    guesses = Guesses()
    guessed(guesses, "192.0.2.1", EACH_MAX - 1)
    assert guesses.wait_s("192.0.2.1", now=1) == 0
    guessed(guesses, "192.0.2.1", 1, now=1)
    assert guesses.wait_s("192.0.2.1", now=1) == WINDOW_S - 1
    assert guesses.wait_s("192.0.2.2", now=1) == 0
    assert guesses.wait_s("192.0.2.1", now=WINDOW_S) == 0


def test_all_addresses_together_have_a_limit_too() -> None:
    guesses = Guesses()
    for number in range(ALL_MAX):
        guesses.wrong(f"192.0.{number // 256}.{number % 256}", now=0)
    assert guesses.wait_s("198.51.100.1", now=10) == WINDOW_S - 10
    assert guesses.wait_s("198.51.100.1", now=WINDOW_S) == 0


def test_addresses_of_one_network_are_one() -> None:
    guesses = Guesses()
    guessed(guesses, "2001:db8:1:2::1", EACH_MAX)
    assert guesses.wait_s("2001:db8:1:2:ffff::9%eth0", now=0) > 0
    assert guesses.wait_s("2001:db8:1:3::1", now=0) == 0
    guessed(guesses, "::ffff:192.0.2.9", EACH_MAX)
    assert guesses.wait_s("192.0.2.9", now=0) > 0


def test_what_is_no_address_is_counted_as_it_is() -> None:
    guesses = Guesses()
    guessed(guesses, "testclient", EACH_MAX)
    assert guesses.wait_s("testclient", now=0) > 0
    assert guesses.wait_s("", now=0) == 0
