"""`backrow diagnose`: what is said of a session, a person, a group."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from backrow.judge.judging import Judge
from tests.cli.terminal import Ran, Terminal
from tests.judge.offices import (
    COUNT,
    LENGTH,
    NUMBER,
    SITES,
    UUID,
    announced,
    ended,
    lake,
    samples,
    seconds,
)
from tests.lake.frames.mmdb import write_asn


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with a webinar whose Lyon office had trouble; nobody writes to it."""
    found = tmp_path_factory.mktemp("lake")
    Judge().complete(ended(found), UUID, now=seconds(LENGTH + 40))
    (found / "sites.toml").write_text(SITES, "utf-8")
    return found


@pytest.fixture
def diagnose(folder: Path) -> Diagnose:
    return Diagnose(folder)


class Diagnose:
    """Runs the command on a lake."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *words: str, **environ: str) -> Ran:
        terminal = Terminal(state=self.folder / "state")
        asked = words if words and not words[0].startswith("-") else (UUID, *words)
        known = {"BACKROW_LAKE": str(self.folder / "lake"), "COLUMNS": "110"}
        return terminal.run("diagnose", *asked, **{**known, **environ})

    def named(self, *words: str) -> Ran:
        """Run it with the list of offices."""
        return self(*words, "--sites", str(self.folder / "sites.toml"))


def test_finding_is_a_sentence_a_timeline_and_advice(diagnose: Diagnose) -> None:
    told = diagnose.named().out
    assert (
        "Launch · webinar 94512345678\n2026-11-23 10:00 to 10:36 UTC, complete" in told
    )
    assert (
        "1. 15 of 20 measured at Lyon office heard gaps from 10:22 to 10:30: "
        "about 12 % of their audio was" in told
    )
    lines = told.splitlines()
    bars = next(i for i, line in enumerate(lines) if line.startswith("   10:00 "))
    assert lines[bars] == (f"   10:00 {'▁' * 22}{'█' * 8}{'▁' * 6} 10:36, up to 75 %")
    assert lines[bars + 1] == f"{' ' * 31}└──────┘ 10:22 to 10:30"
    assert "What to do: Ask their IT to check the office's internet line" in told
    assert "average loss, received: 12 % (everybody else's: 0.1)" in told


def test_summary_says_how_many_and_how_it_was(diagnose: Diagnose) -> None:
    told = diagnose().out
    assert (
        f"{COUNT} stays, {COUNT - 1} of them measured; 2,844 minutes of people" in told
    )
    assert "Worst quarter of an hour: " in told
    assert "the worst of these" in told
    assert "No list of offices is given (--sites), so none has a name here." in told


def test_people_hit_worst_are_told_with_the_reason(diagnose: Diagnose) -> None:
    told = diagnose().out
    assert "8 of 36 min   10:22 to 10:30  a network that many share" in told


def test_names_cannot_steer_the_terminal(diagnose: Diagnose) -> None:
    told = diagnose("--participant", "50").out
    assert "[31m=cmd()gnp.exe had trouble in 7 of 36 minutes measured" in told
    assert not {"\x1b", "\u202e"} & set(told)


def test_json_has_session_summary_and_findings(diagnose: Diagnose) -> None:
    told = diagnose.named("--json").json
    assert list(told) == ["session", "preset", "summary", "findings", "personal"]
    assert told["session"]["session_number"] == NUMBER
    assert told["session"]["start_at"] == "2026-11-23T10:00:00Z"
    (found,) = told["findings"]
    assert (found["cause"], found["scope"]) == (
        "shared_network",
        {"site": "Lyon office"},
    )
    assert (found["begin"], found["state"]) == ("2026-11-23T10:22:00Z", "final")
    assert told["summary"]["people"] == COUNT
    assert [one["participants"] for one in told["personal"]] == [["50"]]


@pytest.mark.parametrize("session", ["latest", NUMBER, "945 1234 5678"])
def test_session_is_named_in_several_ways(diagnose: Diagnose, session: str) -> None:
    assert diagnose(session, "--json").json["session"]["session_uuid"] == UUID


def test_times_are_in_the_viewers_zone(diagnose: Diagnose) -> None:
    told = diagnose("--tz", "Asia/Kolkata").out
    assert "2026-11-23 15:30 to 16:06 Asia/Kolkata (UTC+05:30)" in told
    assert "heard gaps from 15:52 to 16:00" in told


@pytest.mark.parametrize("who", ["11", "Person11@example.com", "person 11"])
def test_one_persons_story(diagnose: Diagnose, who: str) -> None:
    told = diagnose.named("--participant", who).out
    assert "Person 11 had trouble in 8 of 36 minutes measured, all of it in one" in told
    assert (
        "The sound was bad from 10:22 to 10:30: others in the same network had" in told
    )
    assert "office Lyon office" in told
    assert "Minutes with trouble: this person 22.2 %, everybody" in told
    assert "What to do: Ask their IT to check the office's internet line" in told


def test_story_as_json(diagnose: Diagnose) -> None:
    told = diagnose("--participant", "50", "--json").json
    assert list(told) == ["session", "preset", "summary", "findings", "stories"]
    (story,) = told["stories"]
    assert [one["cause"] for one in story["chapters"]] == ["own_wifi"]


def test_person_without_a_measurement_has_a_story_too(diagnose: Diagnose) -> None:
    told = diagnose("--participant", "79").out
    assert "Person 79 was not measured: muted, on the telephone, or no data." in told


def test_unknown_person_is_not_found(diagnose: Diagnose) -> None:
    found = diagnose("--participant", "Nobody\x1b[2J")
    assert (found.code, found.out) == (4, "")
    assert "nobody of this session is called 'Nobody[2J' - in " in found.err


def test_several_people_are_named_to_choose_from(diagnose: Diagnose) -> None:
    found = diagnose("--participant", "Person 1")
    assert found.code == 0  # a whole name is better than a part of one
    found = diagnose("--participant", "rson 1")
    assert found.code == 2
    assert "11 people are called 'rson 1': Person 1 (1), Person 10 (10)" in found.err


def test_group_is_answered_for_with_a_finding(diagnose: Diagnose) -> None:
    told = diagnose("--where", "location=lyon (fr)").out
    assert (
        "Lyon (FR): trouble in 11.1 % of the minutes of 30 measured (30 there)" in told
    )
    assert "It could be judged: 30 of 30 people measured." in told
    assert "Finding " in told
    assert "At least four in five share: " in told


def test_group_is_answered_for_without_a_finding(diagnose: Diagnose) -> None:
    told = diagnose("--where", "location=Town 1", "--json").json["group"]
    assert (told["verdict"], told["findings"]) == ("judged", [])
    assert told["people"] == 25


def test_group_that_is_too_small_says_so(diagnose: Diagnose) -> None:
    told = diagnose("--where", "network_type=Wifi").out
    assert "Too small to be judged by itself: 1 of 1 people measured; 20 are" in told


def test_blank_fields_are_counted(diagnose: Diagnose) -> None:
    told = diagnose("--where", "data_center=Germany", "--json").json["group"]
    assert (told["people"], told["blank"]) == (40, 40)
    told = diagnose("--where", "site=Lyon office").out
    assert "It could not be judged: for 80 people a field that was asked for is" in told
    assert "No list of offices is given: --sites names one." in told


def test_any_prefix_is_a_network(diagnose: Diagnose) -> None:
    told = diagnose("--where", "network=198.51.100.0/25", "--json").json["group"]
    assert told["people"] == 20


def test_two_words_must_both_hold(diagnose: Diagnose) -> None:
    both = ("--where", "location=Town 0", "--where", "network_type=Wifi")
    told = diagnose(*both, "--json").json["group"]
    assert told["people"] == 1


@pytest.mark.parametrize(
    ("where", "there_are"),
    [
        ("location=Lion", "nobody has location 'Lion'; there are: Lyon (FR)"),
        ("site=Nowhere", "nobody has site 'Nowhere'; there are: Lyon office\n"),
        ("data_center=Mars", "nobody has data_center 'Mars'; there are: Germany"),
    ],
)
def test_value_that_nobody_has_is_refused_with_those_there_are(
    diagnose: Diagnose, where: str, there_are: str
) -> None:
    found = diagnose.named("--where", where)
    assert (found.code, found.out, found.err.count("\n")) == (2, "", 1)
    assert there_are in found.err


def test_nobody_may_belong_to_an_office_whose_address_is_in_no_office(
    diagnose: Diagnose,
) -> None:
    told = diagnose.named("--where", "site=lyon office").out
    assert "It could be judged: 20 of 20 people measured." in told
    assert "may belong to it" not in told


@pytest.mark.parametrize("where", ["location", "location=", "colour=red", "=x"])
def test_malformed_group_is_a_usage_error(diagnose: Diagnose, where: str) -> None:
    found = diagnose("--where", where)
    assert found.code == 2
    assert "expected KEY=VALUE with a key out of site, isp, network" in found.err


def test_group_and_person_exclude_each_other(diagnose: Diagnose) -> None:
    found = diagnose("--where", "os=Windows", "--participant", "11")
    assert found.code == 2


def test_providers_are_named_by_a_file(diagnose: Diagnose) -> None:
    asn = write_asn(diagnose.folder / "asn.mmdb", {"198.51.100.0/24": "Alder Fibre"})
    told = diagnose("--where", "isp=alder fibre", "--asn", str(asn), "--json").json
    assert told["group"]["people"] == 20


@pytest.mark.slow
def test_presets_can_be_chosen_and_overridden(diagnose: Diagnose) -> None:
    def good(*words: str, **environ: str) -> float:
        shares = diagnose("--json", *words, **environ).json["summary"]["media"]["all"]
        return float(shares["good"])

    file = diagnose.folder / "strict.toml"
    file.write_text("[presets.own]\nscores = { good = 4.45 }\n", "utf-8")
    assert good("--preset", "teams") > 0.9
    assert good() > 0.9
    assert good("--thresholds", str(file)) == 0
    assert good(BACKROW_THRESHOLDS=str(file)) == 0
    found = diagnose("--preset", "nice")
    assert found.code == 2
    assert "expected a preset out of own, teams, zoom; got 'nice'" in found.err


def test_wrong_file_of_thresholds_is_named(diagnose: Diagnose) -> None:
    file = diagnose.folder / "wrong.toml"
    file.write_text("[scan]\nsurprise = 1\n", "utf-8")
    found = diagnose("--thresholds", str(file))
    assert found.code == 2
    assert f"no such threshold - at `scan.surprise`, in {file}" in found.err


def test_wrong_list_of_offices_is_named(diagnose: Diagnose) -> None:
    file = diagnose.folder / "wrong.csv"
    file.write_text("site,public\nLyon,nowhere\n", "utf-8")
    found = diagnose("--sites", str(file))
    assert found.code == 2
    assert f"in {file}, line 2, column `public`" in found.err


def test_nothing_kept_names_the_lake(tmp_path: Path) -> None:
    found = Diagnose(tmp_path)("latest")
    assert found.code == 4
    assert str(tmp_path / "lake") in found.err


def test_session_without_a_minute_is_an_answer(tmp_path: Path) -> None:
    announced(tmp_path)
    found = Diagnose(tmp_path)("latest")
    assert found.code == 0
    assert "Nothing was measured, so nothing can be said." in found.out


def test_session_that_runs_is_diagnosed_from_its_samples(tmp_path: Path) -> None:
    writer = announced(tmp_path)
    for minute in range(26):
        rows = samples(minute, origin="rest_live")
        writer.append({"samples": rows}, now=seconds(minute + 1))
    told = Diagnose(tmp_path)("latest").out
    assert "UTC, still running" in told
    assert "hear gaps since 10:22" in told
    assert ", lasts, " in told


@pytest.mark.slow
def test_kept_names_and_findings_are_in_the_lake(tmp_path: Path) -> None:
    Judge().complete(ended(tmp_path), UUID, now=seconds(LENGTH + 40))
    (tmp_path / "sites.toml").write_text(SITES, "utf-8")
    found = Diagnose(tmp_path).named("--keep")
    assert found.code == 0
    assert "kept in " in found.err
    assert "Lyon office" in set(lake(tmp_path).participants(UUID)["site"])
    (row,) = lake(tmp_path).findings(UUID)["finding"]
    assert '"site": "Lyon office"' in row
    # Without the list the lake's names hold from now on.
    assert "measured at Lyon office" in Diagnose(tmp_path)().out


def test_session_that_is_not_complete_is_not_kept(tmp_path: Path) -> None:
    ended(tmp_path)
    found = Diagnose(tmp_path)("--keep")
    assert found.code == 2
    assert "expected a session that is complete, with --keep" in found.err


def test_terminal_that_knows_ascii_only_gets_plain_bars(diagnose: Diagnose) -> None:
    from rich.console import Console  # noqa: PLC0415 - of this test alone

    from backrow.cli.context import Zone  # noqa: PLC0415
    from backrow.cli.diagnose.timeline import Timeline, drawn  # noqa: PLC0415
    from tests.diagnose.minutes import at  # noqa: PLC0415

    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    line = Timeline(at(0), [0.0, 1.0, None, 0.5])
    bars, mark = drawn(
        Console(file=stream), line, Zone("UTC"), spans=[(at(1), at(2))], indent=0
    )
    assert bars.plain == "10:00 _# = 10:04, up to 100 %"
    assert mark.plain == "       ^ 10:01 to 10:02"
