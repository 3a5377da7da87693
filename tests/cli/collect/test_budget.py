"""`backrow budget`."""

from tests.cli.terminal import Terminal


def test_census_that_fits_is_told(offline: Terminal) -> None:
    ran = offline.run("budget", "--participants", "3000", "--minutes", "60")
    assert ran.code == 0
    assert "everyone is measured each minute" in ran.out
    assert "18,000 calls for quality" in ran.out


def test_draw_is_told_with_its_share_of_the_room(offline: Terminal) -> None:
    ran = offline.run("budget", "--participants", "10000", "--json")
    found = ran.json["estimate"]
    assert found["mode"] == "draw"
    assert found["measured_share"] == 0.0045
    assert found["total"] <= found["naive"] / 10
    assert found["fits"]


def test_what_does_not_fit_is_said(offline: Terminal) -> None:
    ran = offline.run("budget", "--participants", "99000", "--plan", "pro")
    assert "does not fit the 15,000 calls" in ran.out


def test_what_is_left_today_counts_calls_that_were_made(terminal: Terminal) -> None:
    before = terminal.run("budget", "--json").json
    terminal.run("webinars")
    after = terminal.run("budget", "--json").json
    assert after["left_for_backrow"] == before["left_for_backrow"] - 1 == 29_999
    assert "estimate" not in after


def test_numbers_out_of_range_are_refused(offline: Terminal) -> None:
    assert offline.run("budget", "--participants", "0").code == 2
    assert offline.run("budget", "--leave", "1").code == 2
