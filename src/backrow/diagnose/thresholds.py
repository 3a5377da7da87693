"""Every threshold of the diagnosis: its value, unit, source, and what is not known.

Four tables of one dataclass each; a field is a threshold, and its metadata say
where it comes from and what it has not been tested on. The docs page on
thresholds is written from here, and `read_thresholds` takes a user's TOML over
the defaults:

    [scan]
    prior_bad = 0.05
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, Literal

from backrow.errors import SettingsError

REAL_ZOOM: Final = "real Zoom data"
"""What most of it has not been tested on: no account was at hand."""


def limit(
    default: float, unit: str, meaning: str, source: str, untested: str = REAL_ZOOM
) -> Any:
    """Return a dataclass field that knows where it comes from."""
    about = {"unit": unit, "meaning": meaning, "source": source, "untested": untested}
    return field(default=default, metadata=about)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreLimits:
    """How a minute is scored."""

    latency_is_round_trip: bool = limit(
        default=True,
        unit="true or false",
        meaning="Zoom's latency is a round trip, of which half is the way to the ear",
        source="Zoom's description of latency; its staff in public",
    )
    source_latency_ms: float = limit(
        40, "ms", "the speaker's own latency where it was not measured", "our choice"
    )
    buffer_min_ms: float = limit(
        40, "ms", "the shortest jitter buffer", "our choice; public players' defaults"
    )
    buffer_max_ms: float = limit(
        200, "ms", "the longest jitter buffer", "our choice; public players' defaults"
    )
    buffer_jitters: float = limit(
        3, "times jitter", "how long an adaptive jitter buffer grows", "our choice"
    )
    fixed_delay_ms: float = limit(
        30, "ms", "a 20 ms packet, Opus' look-ahead and playout", "RFC 6716; our choice"
    )
    fec_recovery: float = limit(
        0, "share", "lost audio packets that redundancy brings back", "our choice: none"
    )
    silence_kbps: float = limit(
        6,
        "kbps",
        "audio below this is silence: it says nothing about the codec",
        "Opus sends 0 to 5 kbps in silence (DTX)",
    )
    dropout_pct: float = limit(
        20, "%", "the worst interval's loss from which gaps are heard", "our choice"
    )
    static_fps: float = limit(
        2, "fps", "a share sent below this is a still slide", "Teams: 2 fps for screens"
    )
    static_kbps: float = limit(
        50,
        "kbps",
        "a share received below this, and below static_fps, is still",
        "Zoom",
    )
    static_share: float = limit(
        0.8, "share", "of receivers for whom that must hold", "our choice"
    )
    same_rate: float = limit(
        0.9,
        "share",
        "received frame rate against that sent, from which the leg is not to blame",
        "our choice",
    )
    speaks_kbps: float = limit(
        10, "kbps", "audio sent from which somebody speaks", "Opus speech begins at 6"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeLimits:
    """When bad minutes become an episode."""

    bad_below: float = limit(3.0, "MOS", "a minute below this is bad", "Zoom: poor")
    good_from: float = limit(
        3.3, "MOS", "a minute from this on is good again", "our choice, for hysteresis"
    )
    loss_pct: float = limit(
        5, "%", "average loss of a picture above which a minute is bad", "traffic light"
    )
    audio_loss_pct: float = limit(
        10, "%", "average loss of audio above which a minute is bad", "Teams CQD"
    )
    max_loss_pct: float = limit(
        20,
        "%",
        "worst interval's loss above which a minute is bad",
        "Adobe Connect, red",
    )
    jitter_ms: float = limit(
        80, "ms", "jitter above which a minute is bad", "our choice"
    )
    presenter_bad: int = limit(
        2, "minutes", "bad ones that open a presenter's episode", "simulated"
    )
    presenter_window: int = limit(
        3, "minutes", "among which they must be", "6 % false at 2 % bad, simulated"
    )
    attendee_bad: int = limit(
        3, "minutes", "bad ones that open an attendee's episode", "simulated"
    )
    attendee_window: int = limit(
        5, "minutes", "among which they must be", "0.3 % false at 2 % bad, simulated"
    )
    close_after: int = limit(
        3, "minutes", "good ones in a row that close an episode", "our choice"
    )
    merge_gap: int = limit(
        2, "minutes", "between two episodes that are one", "our choice"
    )
    missing_max: int = limit(
        3, "minutes", "without data after which an episode ends as lost", "our choice"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanLimits:
    """When a group of people has a common cause."""

    window: int = limit(5, "minutes", "that are judged together", "simulated")
    person_bad: int = limit(
        2, "minutes", "bad ones of a window that make a person a bad case", "simulated"
    )
    history_windows: int = limit(
        3, "windows", "before, whose median is what to expect", "simulated"
    )
    settling: int = limit(
        5,
        "minutes",
        "at the begin that are nobody's past: all start fresh",
        "simulated",
    )
    without_past: float = limit(
        4, "nats", "more evidence while there is no past to compare with", "simulated"
    )
    without_past_picture: float = limit(
        10, "nats", "the same for pictures that halt on a clean line", "simulated"
    )
    lift_without_past: float = limit(
        5.0,
        "times",
        "a group's rate against what to expect, while there is no past: some "
        "providers' people always have more trouble",
        "simulated: uneven noise reached 3.8",
    )
    prior_bad: float = limit(
        0.035, "share", "of bad cases to expect without history", "simulated access mix"
    )
    prior_bad_wired: float = limit(
        0.015, "share", "the same for people on a cable", "simulated access mix"
    )
    prior_bad_cellular: float = limit(
        0.10, "share", "the same for people on mobile networks", "simulated access mix"
    )
    prior_people: float = limit(
        50,
        "people",
        "that the prior counts for against a group's history",
        "our choice",
    )
    members_min: int = limit(
        20, "people", "measured in a group that can be judged", "simulated, RobustSpot"
    )
    members_min_site: int = limit(
        5, "people", "the same for a site, whose people share a line", "binomial bound"
    )
    members_min_network: int = limit(
        10, "people", "the same for a network, which may be a provider's", "simulated"
    )
    cases_min: int = limit(5, "people", "bad cases a group must have", "simulated")
    lift_min: float = limit(
        2.0, "times", "a group's rate against what to expect", "simulated"
    )
    excess_min: float = limit(
        0.10, "share", "a group's rate above what to expect", "simulated"
    )
    attribute_cost: float = limit(
        3.0, "nats", "that a second attribute must gain", "RobustSpot, simulated"
    )
    false_rate: float = limit(
        0.001, "share", "of calm windows in which a test may fail", "convention"
    )
    near_tie: float = limit(
        3.0, "nats", "within which two groups cannot be told apart", "our choice"
    )
    overlap: float = limit(
        0.9, "share", "of common members from which groups are one", "our choice"
    )
    remainder_lift: float = limit(
        1.3,
        "times",
        "rate of a general group without its part, from which it is preferred",
        "RobustSpot: ten points of first-right",
        "webinars; it was found on 45 of the 135 cases",
    )
    parent_evidence: float = limit(
        0.7,
        "share",
        "of its part's evidence that a general group must have to be preferred",
        "RobustSpot: 0.7 to 0.8 do equally well, 0.5 a little worse",
        "webinars; it was found on 45 of the 135 cases",
    )
    coverage_min: float = limit(
        0.0,
        "share",
        "of all excess that a further cause must explain",
        "0: a small office is told beside a large provider; RobustSpot is given 0.10",
    )
    causes_max: int = limit(6, "causes", "of one window", "our choice")
    source_floor: float = limit(
        0.15,
        "share",
        "of everyone bad, from which the source is suspected",
        "simulated",
    )
    source_lift: float = limit(
        3.0, "times", "the same against what to expect", "simulated"
    )
    source_everywhere: float = limit(
        0.9, "share", "of people in bad groups, in every dimension", "simulated"
    )
    windows_to_raise: int = limit(
        2,
        "windows",
        "in a row before anyone is told",
        "simulated: fewer false findings",
    )
    windows_to_clear: int = limit(
        3, "minutes", "in a row without the cause before it is cleared", "our choice"
    )

    def members_of(self, kind: Literal["many", "some", "few"]) -> int:
        """Return how many people a group must have to be judged."""
        return {
            "many": self.members_min,
            "some": self.members_min_network,
            "few": self.members_min_site,
        }[kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseLimits:
    """What tells one person's cause, and a presenter's."""

    strain_mos: float = limit(
        3.6,
        "MOS",
        "network score below which a person counts as strained",
        "loss of about 3.5 %: halfway from fair to good",
    )
    deficit: float = limit(
        0.3, "share", "of frames missing against what was sent", "our choice"
    )
    cpu_pct: float = limit(
        90, "%", "whole machine's peak load from which it is full", "Google Meet"
    )
    zoom_cpu_pct: float = limit(60, "%", "Zoom's average load, the same", "Google Meet")
    clean_loss_pct: float = limit(1, "%", "loss below which a line is clean", "Teams")
    own_loss_pct: float = limit(
        2, "%", "own loss up to which a source fault explains", "Zoom's recommendation"
    )
    wifi_jitter_ms: float = limit(30, "ms", "jitter above which Wi-Fi suffers", "Teams")
    wifi_burst: float = limit(
        5, "times", "worst against average loss, from which it is bursty", "our choice"
    )
    wifi_burst_pct: float = limit(5, "%", "and its least worst loss", "our choice")
    wifi_rssi_dbm: float = limit(
        -70,
        "dBm",
        "signal below which Wi-Fi is weak",
        "-67 is the design limit for voice",
    )
    cellular_latency_ms: float = limit(
        300, "ms", "latency above which access is poor", "traffic light"
    )
    access_jitter_ms: float = limit(
        40, "ms", "jitter above which it is", "Zoom's recommendation"
    )
    queue_ms: float = limit(
        50, "ms", "rise over one's own latency that shows a full line", "TMA 2023 calls"
    )
    step_down: float = limit(
        0.7, "share", "of one's own bitrate or height that is a step down", "our choice"
    )
    distant_ms: float = limit(
        200, "ms", "steady latency that shows a distant data center", "our choice"
    )
    distant_spread: float = limit(
        0.15, "share", "of deviation (MAD) up to which it is steady", "our choice"
    )
    source_loss_pct: float = limit(
        5, "%", "average loss of what a presenter sends, degraded", "traffic light"
    )
    source_max_loss_pct: float = limit(
        20, "%", "the same for the worst interval", "traffic light"
    )
    source_fps: float = limit(
        0.6, "share", "of a presenter's own usual frame rate, degraded", "our choice"
    )
    stage_fps: float = limit(
        15,
        "fps",
        "less of whoever speaks, on a full machine, is degraded",
        "our choice",
    )
    source_kbps: float = limit(
        0.5, "share", "of the usual bitrate, with loss or latency", "our choice"
    )
    source_latency: float = limit(
        2.0, "times", "the usual latency, with a fall in bitrate", "our choice"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """All of them."""

    score: ScoreLimits = field(default_factory=ScoreLimits)
    episodes: EpisodeLimits = field(default_factory=EpisodeLimits)
    scan: ScanLimits = field(default_factory=ScanLimits)
    causes: CauseLimits = field(default_factory=CauseLimits)


Table = ScoreLimits | EpisodeLimits | ScanLimits | CauseLimits
DEFAULTS: Final = Thresholds()


def read_thresholds(text: str, defaults: Thresholds = DEFAULTS) -> Thresholds:
    """Return the thresholds of a TOML text over `defaults`.

    Args:
        text: TOML with tables named score, episodes, scan or causes. Other
            tables are left to others (presets stand in the same file).
        defaults: What holds where the text is silent.

    Raises:
        SettingsError: The text is no TOML, or names an unknown threshold, or
            gives one a value of another type.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise SettingsError(f"expected TOML of thresholds: {exc}") from exc
    known = {f.name: getattr(defaults, f.name) for f in fields(defaults)}
    changed = {
        name: _overridden(name, table, tables[name])
        for name, table in known.items()
        if name in tables
    }
    return replace(defaults, **changed)  # type: ignore[arg-type] # each of its own table


def _overridden(name: str, table: Table, values: object) -> Table:
    if not isinstance(values, Mapping):
        raise SettingsError(f"expected a table - at `{name}`")
    for key, value in values.items():
        _check(f"{name}.{key}", getattr(table, key, None), value)
    return replace(table, **values)


def _check(path: str, default: object, value: object) -> None:
    if default is None:
        raise SettingsError(f"no such threshold - at `{path}`")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(default, bool):
        fits, what = isinstance(value, bool), "true or false"
    elif isinstance(default, int):
        fits, what = number and value == int(value), "a whole number"  # type: ignore[call-overload] # a number by the test before
    else:
        fits, what = number, "a number"
    if not fits:
        raise SettingsError(f"expected {what}, got {value!r} - at `{path}`")


def each_threshold(
    thresholds: Thresholds = DEFAULTS,
) -> Iterator[tuple[str, object, Mapping[str, str]]]:
    """Yield path, value and metadata (unit, meaning, source, untested) of each."""
    for group in fields(thresholds):
        table = getattr(thresholds, group.name)
        for f in fields(table):
            yield f"{group.name}.{f.name}", getattr(table, f.name), f.metadata
