"""`backrow decode`: saved bodies to typed rows."""

from __future__ import annotations

import gzip
from pathlib import Path

import msgspec
import pytest

from backrow.qos.sample import NAMES
from tests.cli.terminal import Terminal

DATA = Path(__file__).parents[1] / "data"
SEED = DATA / "seed_participant_qos.json"
STREAMS = [
    path
    for path in sorted(DATA.glob("*participant*_qos*.json"))
    if "summary" not in path.name
]


def spoiled(folder: Path) -> Path:
    tree = msgspec.json.decode(SEED.read_bytes())
    tree["user_qos"][0]["audio_input"]["latency"] = "abc"
    file = folder / "spoiled.json"
    file.write_bytes(msgspec.json.encode(tree))
    return file


def test_the_seeds_answer_is_printed_as_numbers(offline: Terminal) -> None:
    ran = offline.run("decode", str(SEED))
    assert ran.code == 0
    assert "User's Phone" in ran.out
    for figure in ("23", "126", "0.3/1.9", "1055", "720p@12!", "12/40"):
        assert figure in ran.out.split()


def test_json_is_rows_of_samples_with_the_person(offline: Terminal) -> None:
    (row,) = offline.run("decode", "--json", str(SEED)).json
    assert list(row) == [*NAMES, "person"]
    assert row["audio_sent_bitrate_kbps"] == 23
    assert row["audio_sent_latency_ms"] == 126
    assert row["audio_sent_avg_loss_pct"] == 0.3
    assert row["video_sent_width_px"] == 1280
    assert row["share_sent_frame_rate_fps"] is None
    assert row["minute"] == "2021-06-24T20:00:00Z"
    assert row["origin"] == "import"


def test_the_person_holds_every_field_of_the_answer(offline: Terminal) -> None:
    (row,) = offline.run("decode", "--json", str(SEED)).json
    assert row["person"] == {
        "user_id": "1670000000",
        "user_name": "User",
        "device": "Android",
        "domain": "user-android",
        "harddisk_id": "",
        "ip_address": "192.0.2.0",
        "join_time": "2021-06-24T20:00:00Z",
        "leave_time": "2021-06-24T20:00:00Z",
        "location": "San Jose (US)",
        "mac_addr": "",
        "pc_name": "User's Phone",
        "version": "4.4.55383.0726",
    }


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
def test_every_body_with_minutes_decodes_strictly(
    offline: Terminal, path: Path
) -> None:
    ran = offline.run("decode", "--json", "--strict", str(path))
    assert ran.code == 0, ran.err
    assert isinstance(ran.json, list)


def test_csv_has_the_columns_of_the_samples_table(offline: Terminal) -> None:
    lines = offline.run("decode", "--format", "csv", str(SEED)).out.splitlines()
    assert lines[0].split(",") == list(NAMES)
    assert len(lines) == 2


def test_standard_input_and_gzip_are_read(offline: Terminal, tmp_path: Path) -> None:
    packed = tmp_path / "answer.json.gz"
    packed.write_bytes(gzip.compress(SEED.read_bytes()))
    expected = offline.run("decode", "--json", str(SEED)).json
    piped = offline.run("decode", "-", "--json", stdin=SEED.read_bytes())
    assert piped.json == offline.run("decode", "--json", str(packed)).json == expected


def test_rows_of_several_files_are_one_array(offline: Terminal) -> None:
    assert len(offline.run("decode", "--json", str(SEED), str(SEED)).json) == 2


def test_what_cannot_be_read_is_listed_and_the_rest_kept(
    offline: Terminal, tmp_path: Path
) -> None:
    file = spoiled(tmp_path)
    ran = offline.run("decode", "--json", str(file))
    assert ran.code == 0
    assert ran.json[0]["audio_sent_latency_ms"] is None
    assert ran.json[0]["audio_sent_jitter_ms"] == 6
    assert str(file) in ran.err
    assert "'abc'" in ran.err
    assert "$.user_qos[0].audio_input.latency" in ran.err


def test_strict_fails_at_it(offline: Terminal, tmp_path: Path) -> None:
    ran = offline.run("decode", "--strict", str(spoiled(tmp_path)))
    assert ran.code == 7
    assert "$.user_qos[0].audio_input.latency" in ran.err


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"code":3001,"message":"no"}']
)
def test_what_is_no_answer_is_bad_data_with_its_file(
    offline: Terminal, tmp_path: Path, body: bytes
) -> None:
    file = tmp_path / "other.json"
    file.write_bytes(body)
    ran = offline.run("decode", str(file))
    assert ran.code == 7
    assert ran.err.startswith(f"backrow: {file}: expected ")


def test_a_bad_file_does_not_hide_the_good_ones(
    offline: Terminal, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_bytes(b"{")
    ran = offline.run("decode", "--json", str(bad), str(SEED))
    assert ran.code == 7
    assert len(ran.json) == 1


def test_broken_gzip_is_bad_data(offline: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "cut.json.gz"
    file.write_bytes(gzip.compress(SEED.read_bytes())[:-20])
    ran = offline.run("decode", str(file))
    assert ran.code == 7
    assert "broken gzip" in ran.err


@pytest.mark.parametrize("name", ["nowhere.json", "."])
def test_a_file_that_cannot_be_read_is_usage(offline: Terminal, name: str) -> None:
    ran = offline.run("decode", name)
    assert ran.code == 2
    assert f"cannot read {name}: " in ran.err


def test_several_tables_have_one_legend(offline: Terminal) -> None:
    out = offline.run("decode", str(SEED), str(SEED)).out
    assert out.count("1 minute, ") == 2
    assert out.count("worth a look") == 1


def test_an_option_that_is_none_is_no_file(offline: Terminal) -> None:
    ran = offline.run("decode", str(SEED), "--jsn")
    assert (ran.code, ran.out) == (2, "")
    assert "unknown option --jsn" in ran.err


def test_people_without_minutes_are_counted(offline: Terminal) -> None:
    ran = offline.run("decode", "--json", str(DATA / "webinars_participants.json"))
    assert ran.json == []
    assert "3 of 3 people have no minute" in ran.err


def test_people_without_minutes_are_a_table(offline: Terminal) -> None:
    out = offline.run("decode", str(DATA / "webinars_participants.json")).out
    assert "panelist" in out
    assert "no minute" not in out


def test_a_summary_of_a_stay_is_a_table(offline: Terminal) -> None:
    file = DATA / "event_webinar_participant_qos_summary.json"
    out = offline.run("decode", str(file)).out
    assert "least/average/most" in out
    assert "audio received" in out
    assert "12/38/61" in out


def test_an_event_without_minutes_says_so(offline: Terminal) -> None:
    file = DATA / "event_webinar_participant_data.json"
    assert "no minute in this body" in offline.run("decode", str(file)).out
