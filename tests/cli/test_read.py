"""`backrow qos`, `webinars` and `participants`, against the emulated Zoom."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from backrow.qos.sample import NAMES
from tests.cli.terminal import (
    ENDED,
    ENDED_PERSON,
    ENDED_UUID,
    LIVE,
    LIVE_UUID,
    QOS_PERSON,
    QOS_UUID,
    SAMPLE,
    SLASH_PERSON,
    SLASH_UUID,
    SLASHES_PERSON,
    SLASHES_UUID,
    Terminal,
)

CASES = {
    "live by number": (LIVE, SAMPLE, LIVE_UUID, "live"),
    "live by UUID": (LIVE_UUID, SAMPLE, LIVE_UUID, "live"),
    "ended by number": (ENDED, ENDED_PERSON, ENDED_UUID, "ended"),
    "ended by UUID": (ENDED_UUID, ENDED_PERSON, ENDED_UUID, "ended"),
    "a UUID that begins with a slash": (SLASH_UUID, SLASH_PERSON, SLASH_UUID, "live"),
    "a UUID with two slashes": (SLASHES_UUID, SLASHES_PERSON, SLASHES_UUID, "ended"),
    "a UUID that begins with qos": (QOS_UUID, QOS_PERSON, QOS_UUID, "ended"),
    "a number with dashes": ("945-1234-5678", SAMPLE, LIVE_UUID, "live"),
}


@pytest.mark.parametrize("case", CASES)
def test_auto_finds_it_and_says_which_occurrence_answered(
    terminal: Terminal, case: str
) -> None:
    session, participant, uuid, state = CASES[case]
    ran = terminal.run("qos", session, participant, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["person"]["user_id"] == participant
    assert ran.json["session_uuid"] == uuid
    assert ran.json["session_number"].isdecimal()
    assert {row["session_uuid"] for row in ran.json["samples"]} == {uuid}
    assert f"occurrence {uuid}, started 2026-11-2" in ran.err
    assert ran.err.endswith(f" UTC, {state}\n")


def test_the_table_shows_who_and_every_stream(terminal: Terminal) -> None:
    out = terminal.run("qos", LIVE, SAMPLE).out
    for fact in ("User", SAMPLE, "Android", "San Jose (US)", "192.0.2.0", "4.4.55383"):
        assert fact in out
    for cell in ("23", "126", "0.3/1.9", "1055", "673", "720p@12!", "12/40"):
        assert cell in out.split()
    assert "2021-06-24, times in UTC" in out


def test_times_are_the_viewers_and_named(terminal: Terminal) -> None:
    out = terminal.run("qos", LIVE, SAMPLE, "--tz", "Asia/Kolkata").out
    assert "2021-06-25, times in Asia/Kolkata (UTC+05:30)" in out
    assert "01:30" in out


def test_json_is_typed_and_in_utc(terminal: Terminal) -> None:
    ran = terminal.run("qos", LIVE, SAMPLE, "--format", "json", "--tz", "Asia/Kolkata")
    (row,) = ran.json["samples"]
    assert list(row) == list(NAMES)
    assert row["minute"] == "2021-06-24T20:00:00Z"
    assert row["audio_sent_bitrate_kbps"] == 23
    assert row["share_sent_width_px"] is None
    assert ran.json["person"]["join_time"] == "2021-06-24T20:00:00Z"
    assert ran.json["problems"] == []


def test_csv_has_the_columns_of_the_samples_table(terminal: Terminal) -> None:
    lines = terminal.run("qos", LIVE, SAMPLE, "--format", "csv").out.splitlines()
    assert lines[0] == ",".join(NAMES)
    assert len(lines) == 2
    assert "2021-06-24T20:00:00Z" in lines[1]


def test_raw_is_zooms_body_byte_for_byte(terminal: Terminal) -> None:
    assert terminal.zoom is not None
    with terminal.zoom.zoom() as zoom:
        expected = zoom.webinars.participant_qos(LIVE, SAMPLE).raw
    assert terminal.run("qos", LIVE, SAMPLE, "--format", "raw").body == expected


@pytest.mark.parametrize("form", ["table", "json", "csv", "raw"])
def test_no_minute_is_no_failure_but_said(
    terminal_with: Callable[..., Terminal], form: str
) -> None:
    terminal = terminal_with(unknown_participant="empty")
    ran = terminal.run("qos", LIVE, "1", "--type", "live", "--format", form)
    assert ran.code == 0
    assert "nothing is being sent or received" in (
        ran.out if form == "table" else ran.err
    )


def test_a_named_type_asks_once_and_says_nothing(terminal: Terminal) -> None:
    ran = terminal.run("qos", ENDED, ENDED_PERSON, "--type", "past", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert [call.endpoint for call in terminal.calls] == [
        "token",
        "webinar_participant_qos",
    ]


def test_verbose_adds_each_call_and_its_status(terminal: Terminal) -> None:
    ran = terminal.run("qos", LIVE, SAMPLE, "--type", "live", "--verbose")
    assert "POST https://zoom.example.com/oauth/token -> HTTP 200" in ran.err
    assert f"/participants/{SAMPLE}/qos?type=live -> HTTP 200" in ran.err


def test_meetings_are_asked_for_in_the_same_way(terminal: Terminal) -> None:
    ran = terminal.run("qos", "85500000001", "1600000001", "--kind", "meeting")
    assert ran.code == 0
    assert "meeting" in ran.out


def test_an_unknown_participant_is_not_found(terminal: Terminal) -> None:
    ran = terminal.run("qos", LIVE, "42")
    assert ran.code == 4
    assert ran.out == ""
    assert ran.err.startswith("HTTP 404 Not Found\nx-zm-trackingid: ")
    assert '"code":3001' in ran.err
    assert "has not ended yet" not in ran.err
    assert ran.err.endswith(
        f"backrow: webinar {LIVE} is running, but has no participant 42\n"
        f"         Type: backrow participants {LIVE}\n"
    )


@pytest.mark.parametrize(
    ("argv", "meaning", "advice"),
    [
        (["qos", ENDED, "42"], f"webinar {ENDED} has ended, and had no", "--type past"),
        (["qos", "99912345678", "42"], "knows no webinar 99912345678", "webinars"),
        (["qos", LIVE, "42", "--type", "past"], f"{LIVE} is running", "--type live"),
        (["participants", ENDED, "--type", "live"], "has ended", "--type past"),
        (["participants", "99912345678"], "knows no webinar 99912345678", "webinars"),
        (
            ["qos", "85500000001", "42", "--kind", "meeting"],
            "meeting 85500000001 is running, but has no participant 42",
            "participants 85500000001 --kind meeting",
        ),
    ],
)
def test_what_is_missing_is_found_out(
    terminal: Terminal, argv: list[str], meaning: str, advice: str
) -> None:
    ran = terminal.run(*argv)
    assert ran.code == 4
    said = ran.err.split("backrow: ")[1].splitlines()
    assert meaning in said[0]
    assert advice in said[1]
    assert len(said) == 2


def test_what_is_missing_is_not_guessed_without_the_scope(
    terminal_with: Callable[..., Terminal],
) -> None:
    scopes = ("dashboard:read:webinar_participant_qos:admin",)
    ran = terminal_with(scopes=scopes).run("qos", LIVE, "42")
    assert ran.code == 4
    assert "backrow: Zoom has nothing of that id and type\n" in ran.err


def test_a_refusal_is_shown_once_and_all_headers_if_verbose(terminal: Terminal) -> None:
    argv = ("qos", LIVE, SAMPLE)
    ran = terminal.run(*argv, ZOOM_ACCESS_TOKEN="not-good-at-all")
    assert ran.err.count("Invalid access token.") == 1
    assert "backrow: the access token is wrong, expired or revoked\n" in ran.err
    assert "content-type" not in ran.err
    ran = terminal.run(*argv, "--verbose", ZOOM_ACCESS_TOKEN="not-good-at-all")
    assert "\ncontent-type: application/json" in ran.err


def test_an_address_without_v2_is_told(terminal: Terminal) -> None:
    ran = terminal.run("qos", LIVE, SAMPLE, ZOOM_API_URL="https://zoom.example.com")
    assert ran.code == 2
    assert "check ZOOM_API_URL (it ends in /v2)" in ran.err


def test_an_old_webinar_is_too_old(terminal: Terminal) -> None:
    ran = terminal.run("qos", "92211112222", "1500000001")
    assert ran.code == 4
    assert "Zoom keeps a webinar's quality data for one year." in ran.err


def test_an_expired_token_is_not_authorised(terminal: Terminal) -> None:
    assert terminal.zoom is not None
    token = terminal.zoom.access_token()
    terminal.zoom.clock.advance(3601)
    ran = terminal.run("qos", LIVE, SAMPLE, ZOOM_ACCESS_TOKEN=token)
    assert ran.code == 3
    assert "HTTP 401" in ran.err
    assert "Get a new access token" in ran.err
    assert token not in ran.err


def test_a_missing_scope_is_named(terminal_with: Callable[..., Terminal]) -> None:
    terminal = terminal_with(scopes=("dashboard:read:webinar:admin",))
    ran = terminal.run("qos", LIVE, SAMPLE)
    assert ran.code == 3
    assert "dashboard:read:webinar_participant_qos:admin" in ran.err
    assert "activate it again" in ran.err


def test_a_missing_plan_is_explained(terminal_with: Callable[..., Terminal]) -> None:
    ran = terminal_with(dashboard=False).run("qos", LIVE, SAMPLE)
    assert ran.code == 3
    assert "Business, Education or API plan" in ran.err


def test_zoom_failing_is_not_reachable(terminal_with: Callable[..., Terminal]) -> None:
    ran = terminal_with(error_rate=1.0).run("qos", LIVE, SAMPLE)
    assert ran.code == 6


def test_an_impossible_id_is_refused_before_any_call(terminal: Terminal) -> None:
    ran = terminal.run("qos", "https://zoom.example.com/j/1", SAMPLE)
    assert ran.code == 2
    assert "expected a number or a UUID" in ran.err
    assert terminal.calls == []


def test_webinars_lists_what_runs(terminal: Terminal) -> None:
    ran = terminal.run("webinars")
    assert ran.code == 0
    assert LIVE in ran.out
    assert LIVE_UUID in ran.out
    assert ENDED not in ran.out
    assert "times in UTC" in ran.out


def test_webinars_lists_a_period(terminal: Terminal) -> None:
    period = ("--type", "past", "--from", "2026-11-22", "--to", "2026-11-23")
    found = terminal.run("webinars", *period, "--json").json
    assert [one["uuid"] for one in found] == [ENDED_UUID]


def test_no_webinar_is_said_and_no_failure(terminal: Terminal) -> None:
    period = ("--type", "past", "--from", "2026-01-01", "--to", "2026-01-02")
    ran = terminal.run("webinars", *period, "--json")
    assert (ran.code, ran.json) == (0, [])
    assert "no webinar ended in the period" in ran.err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--from", "2026-11-30"], "a period (--from) needs --type past"),
        (["--to", "2026-11-30"], "a period (--to) needs --type past"),
        (["--from", "2026-31-11"], "got '2026-31-11' - in --from"),
        (["--type", "past", "--from", "2026-12-30"], "2026-11-23, which is today"),
        (["--type", "pastOne"], "--type pastOne is for meetings (--kind meeting)"),
    ],
)
def test_what_cannot_be_listed_is_told_in_the_users_words(
    terminal: Terminal, argv: list[str], said: str
) -> None:
    ran = terminal.run("webinars", *argv)
    assert ran.code == 2
    assert said in ran.err
    assert terminal.calls == []


def test_meetings_are_listed_too(terminal: Terminal) -> None:
    found = terminal.run("webinars", "--kind", "meeting", "--json").json
    assert [one["id"] for one in found] == [85500000001]


@pytest.mark.parametrize(("session", "when"), [(LIVE, "live"), (ENDED, "past")])
def test_participants_are_listed_whole_once_each(
    terminal: Terminal, session: str, when: str
) -> None:
    ran = terminal.run("participants", session, "--json")
    ids = [one["user_id"] for one in ran.json]
    assert len(ids) == len(set(ids)) > 50
    assert f"{len(ids)} people, webinar is {when}" in ran.err


def test_the_table_of_participants_shows_their_ids_unbroken(terminal: Terminal) -> None:
    out = terminal.run("participants", LIVE, COLUMNS="80").out
    assert SAMPLE in out
    assert "times of 2026-11-23 in UTC" in out
    assert "attendee" in out
    assert max(len(line) for line in out.splitlines()) <= 80


def test_the_csv_of_participants_has_a_line_each(terminal: Terminal) -> None:
    lines = terminal.run("participants", ENDED, "--format", "csv").out.splitlines()
    listed = terminal.run("participants", ENDED, "--json").json
    assert len(lines) == len(listed) + 1
    assert lines[0].startswith("user_id,")


def test_participants_of_an_unknown_webinar_are_not_found(terminal: Terminal) -> None:
    assert terminal.run("participants", "99999999999").code == 4


def test_progress_goes_to_a_terminal_and_never_to_standard_output(
    terminal: Terminal,
) -> None:
    terminal.is_terminal = True
    ran = terminal.run("participants", LIVE, "--json", TERM="xterm")
    assert len(ran.json) > 50
    assert "people" in ran.err
