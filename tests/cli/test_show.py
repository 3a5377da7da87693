"""Tables: what is marked, how wide they are, and that names cannot harm."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from backrow.cli.context import Zone
from backrow.cli.show import show_list, show_participant
from backrow.cli.show.thresholds import LIMITS, NOTHING, THRESHOLDS, level, number
from backrow.qos.people import Person
from backrow.qos.reading import ParticipantQos
from backrow.qos.sample import INDEX, NAMES, Row, Samples
from backrow.zoom.decode import decode_all

DATA = Path(__file__).parents[1] / "data"

AT = datetime(2026, 11, 23, 10, 16, tzinfo=UTC)
BAD = {
    "latency_ms": 1340.0,
    "jitter_ms": 120.0,
    "avg_loss_pct": 12.4,
    "max_loss_pct": 33.3,
    "bitrate_kbps": 10_555.0,
    "width_px": 1920,
    "height_px": 1080,
    "frame_rate_fps": 6.0,
}


def row(at: datetime = AT, **values: object) -> Row:
    known = {"minute": at, "sampled_at": at, "leg": "client", **values}
    return tuple(known.get(name) for name in NAMES)


def full_row(at: datetime = AT) -> Row:
    streams = {
        f"{medium}_{direction}_{suffix}": value
        for medium in ("audio", "video", "share")
        for direction in ("sent", "received")
        for suffix, value in BAD.items()
        if f"{medium}_{direction}_{suffix}" in INDEX
    }
    return row(at, **streams, system_max_cpu_pct=97.0, zoom_avg_cpu_pct=85.0)


def table(*rows: Row, width: int = 100, color: bool = False, **person: object) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=color, markup=False)
    someone = Person(**person)  # type: ignore[arg-type] # as the test says
    qos = ParticipantQos(samples=Samples(list(rows)), _person=lambda: someone)
    show_participant(console, qos, zone=Zone("UTC"))
    return out.getvalue()


@pytest.mark.parametrize(
    ("metric", "value", "expected"),
    [
        ("latency_ms", 150, 0),
        ("latency_ms", 150.1, 1),
        ("latency_ms", 300.1, 2),
        ("jitter_ms", 41, 1),
        ("avg_loss_pct", 5.1, 2),
        ("max_loss_pct", 10, 0),
        ("frame_rate_fps", 15, 0),
        ("frame_rate_fps", 14.9, 1),
        ("frame_rate_fps", 6.9, 2),
        ("cpu_pct", 79.9, 0),
        ("cpu_pct", 80, 1),
        ("cpu_pct", 90, 2),
    ],
)
def test_a_value_is_marked_beyond_its_limit(
    metric: str, value: float, expected: int
) -> None:
    assert level(value, LIMITS[metric]) == expected


def test_every_limit_says_where_it_comes_from() -> None:
    assert all(limit.source for limit in THRESHOLDS)
    assert all(
        any(name.endswith(limit.metric) for name in NAMES) for limit in THRESHOLDS
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1055, "1055"), (27.15, "27.15"), (0.3, "0.3"), (0, "0"), (120.6, "121")],
)
def test_numbers_have_the_digits_that_matter(value: float, expected: str) -> None:
    assert number(value) == expected


@pytest.mark.parametrize("width", [40, 60, 80, 96, 100, 120, 200])
def test_a_table_never_is_wider_than_the_terminal(width: int) -> None:
    out = table(full_row(), width=width, user_name="x" * 300)
    assert max(len(line) for line in out.splitlines()) <= width


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 300])
def test_no_figure_is_lost_or_broken_in_a_narrow_table(width: int) -> None:
    out = table(full_row(), width=width)
    assert "\N{HORIZONTAL ELLIPSIS}" not in out
    figures = out.split()
    for figure, count in (
        ("10555", 6),
        ("1340!!", 6),
        ("120!!", 6),
        ("12/33!!", 6),
        ("1080p@6!!", 2),
        ("1080p@6", 2),
        ("85!/97!!", 1),
    ):
        assert figures.count(figure) == count


def test_marks_survive_without_colour_and_colour_is_added_on_a_terminal() -> None:
    plain, coloured = table(full_row()), table(full_row(), color=True)
    assert "\x1b[" not in plain
    assert "1340!!" in plain
    assert "\x1b[1;31m1340!!" in coloured


def test_only_video_is_marked_for_few_frames() -> None:
    out = table(
        row(share_received_frame_rate_fps=5.0, video_received_frame_rate_fps=5.0)
    )
    assert len(re.findall(r" 5!! fps", out)) == 1
    assert len(re.findall(r" 5 fps", out)) == 1


def test_a_minute_without_values_is_a_row_of_dashes() -> None:
    out = table(row(), row(AT + timedelta(minutes=1), audio_sent_bitrate_kbps=1.0))
    assert "10:16" in out
    assert "10:17" in out
    assert "2 minutes, 2026-11-23" in out


def test_what_was_never_measured_has_no_column_and_is_said() -> None:
    out = table(row(audio_received_bitrate_kbps=1.0))
    assert "Not measured in any minute: audio sent, video sent, video received" in out
    assert "Nothing measured" not in table(full_row())


@pytest.mark.parametrize(
    ("width", "blocks"), [(60, 6), (80, 4), (100, 3), (160, 2), (400, 1)]
)
def test_a_minute_takes_a_line_in_each_block_and_no_more(
    width: int, blocks: int
) -> None:
    rows = [full_row(AT + timedelta(minutes=i)) for i in range(20)]
    lines = table(*rows, width=width).splitlines()
    minutes = [line for line in lines if re.match(r"10:\d\d ", line)]
    assert len(minutes) == 20 * blocks
    assert len(lines) < len(minutes) + 3 * blocks + 15


def test_a_medium_stays_whole_and_the_cpu_beside_the_sound() -> None:
    lines = table(full_row(), width=100).splitlines()
    titles = [line.split() for line in lines if " sent " in line]
    assert titles == [
        [medium, "sent", medium, "received"] for medium in ("audio", "video", "share")
    ]
    assert "CPU %" in next(line for line in lines if line.startswith("time"))


def test_another_leg_than_the_clients_is_named() -> None:
    assert "10:16 rwg" in table(row(leg="rwg", audio_sent_bitrate_kbps=1.0))


def test_a_minute_over_several_legs_has_a_line_for_each() -> None:
    own = row(audio_sent_bitrate_kbps=11.0, system_max_cpu_pct=40.0)
    others = [
        row(leg="crc", audio_sent_bitrate_kbps=22.0),
        row(leg="rwg", video_received_bitrate_kbps=333.0),
    ]
    lines = table(own, *others).splitlines()
    first, crc, rwg = (line.split() for line in lines if line.startswith("10:16"))
    assert {"11", f"{NOTHING}/40"} <= set(first)
    assert crc[:3] == ["10:16", "crc", "22"]
    assert rwg[:2] == ["10:16", "rwg"]
    assert "333" in rwg
    assert f"{NOTHING}/40" not in crc + rwg


def test_zooms_own_scores_and_warnings_are_shown() -> None:
    out = table(
        row(audio_sent_bitrate_kbps=1.0, zoom_audio_score=4.21, zoom_share_score=2.8),
        row(AT + timedelta(minutes=2), zoom_notification="network bandwidth low"),
        row(AT + timedelta(minutes=4), zoom_notification="network bandwidth low"),
    )
    assert re.search(r"Zoom's score\n.* audio share\n10:16 .* 4.21 +2.8\n", out)
    assert "Zoom warned them: network bandwidth low, at 10:18, 10:20." in out
    assert "Zoom's score" not in table(full_row())


def test_pressure_and_wifi_stand_beside_the_cpu() -> None:
    out = table(row(system_max_cpu_pressure="serious", wifi_avg_rssi_dbm=-69.0))
    assert "pressure" in out
    assert "serious" in out
    assert "dBm" in out
    assert "-69" in out


@pytest.mark.parametrize(
    "name",
    [
        "\x1b[2J\x1b[31mred",
        "two\r\nlines",
        "\u202egnp.exe",
        "\u2066isolated\u2069",
        "\x9b31m",
        "bell\a",
        "line\u2028break",
        "\ud800",
    ],
)
def test_a_name_cannot_steer_the_terminal(name: str) -> None:
    out = table(row(), user_name=name)
    hidden = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
    assert not hidden.search(out)
    out.encode()


def test_a_name_is_no_markup() -> None:
    name = "[bold]x[/bold] [link=https://example.com]y[/link] :smile:"
    assert name in table(row(), user_name=name, width=200)


def test_names_of_every_script_are_kept() -> None:
    names = "Zoë, 山田太郎, \N{MAN}\u200d\N{PERSONAL COMPUTER}"
    assert names in table(row(), user_name=names, width=120)


def test_what_zoom_did_not_tell_is_said() -> None:
    out = table(row(), user_name="", location=None, device="Mac")
    assert re.search(r"not told +who, versions, place, network", out)


def test_routes_are_named_apart_only_if_they_differ() -> None:
    same = table(row(), connection_type="UDP", video_connection_type="UDP")
    assert "UDP" in same
    assert "video UDP" not in same
    other = table(row(), connection_type="UDP", video_connection_type="SSL")
    assert "audio UDP \N{MIDDLE DOT} video SSL" in other


def test_a_list_makes_its_cells_harmless() -> None:
    out = io.StringIO()
    console = Console(file=out, width=80, markup=False)
    show_list(console, ("user_id", "name"), [("1", "\x1b[31mred"), (None, "x")])
    assert "\x1b" not in out.getvalue()


@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_list_breaks_no_word_or_number_but_leaves_columns_out(width: int) -> None:
    columns = ("user_id", "name", "device", "joined", "network")
    rows = [
        ("1670000000", "Ada Moreau", "Windows", "2021-06-24 20:00", "Cellular"),
        ("1670000001", "Noor van der Garnet", "Web Browser", "09:48:00", "Wired"),
    ]
    out = io.StringIO()
    show_list(Console(file=out, width=width, markup=False), columns, rows)
    shown = out.getvalue()
    for words in ("1670000000", "2021-06-24 20:00", "Garnet"):
        assert words in shown
    assert max(len(line) for line in shown.splitlines()) <= width
    left_out = "For a wider terminal: network" in shown
    assert left_out == ("Cellular" not in shown) == (width < 80)


def test_a_list_that_cannot_fit_loses_no_cell() -> None:
    out = io.StringIO()
    columns = [f"c{i}" for i in range(4)]
    cells = [str(i) * 12 for i in range(4)]
    show_list(Console(file=out, width=40, markup=False), columns, [cells])
    for i in range(4):
        assert out.getvalue().count(str(i)) == 13


def test_a_summary_breaks_no_figure() -> None:
    body = (DATA / "event_webinar_participant_qos_summary.json").read_bytes()
    out = io.StringIO()
    console = Console(file=out, width=80, markup=False)
    (one,) = decode_all(body)
    show_participant(console, one, zone=Zone("UTC"))
    for figures in ("200/742/1500", "41/66/180", "0/0.3/4.1", "-71/-58/-49", "4.02"):
        assert figures in out.getvalue()
