"""What can be switched in the emulated Zoom API, with its defaults.

Zoom's documentation leaves questions open, and clients must survive either
answer; others are failures that a client meets sooner or later. Every switch is
a field here; `parse_options` reads them from a command line or a file. What the
people of a session are like (outside the account, with odd names or devices) is
said by the world, not here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from backrow.qos.quantity import Style
from backrow.web.switches import Switch, read_switches, switches_of
from backrow.zoom.encode import Absent, StillShare
from backrow.zoom.limits import Plan

Rate: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
"""A share of all answers: 0 is never, 1 is always."""
Seconds: TypeAlias = Annotated[float, Meta(ge=0, le=1e8)]
Baa: TypeAlias = Literal["none", "legacy", "addendum"]

NOT_OURS: Final = "90000000300"
"""The number of a webinar that belongs to somebody else's account."""


class ZoomOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The emulated account, and how its Zoom behaves."""

    plan: Plan = "business"
    """Sets the rate limits."""
    dashboard: bool = True
    """False: the plan or the account has no Dashboard, every call is refused."""
    qss: bool = True
    """False: QSS is not subscribed to, `qos_summary` is refused."""
    scopes: tuple[str, ...] | None = None
    """Scopes of the tokens, granular or classic; None is all that there are."""
    end_time_queries: bool = True
    """False: this account cannot list meetings by their end (12700)."""
    baa: Baa = "none"
    """HIPAA agreement of the account: `legacy` hides names, addresses, places and
    emails, with an `addendum` places and addresses only."""
    not_ours: tuple[str, ...] = (NOT_OURS,)
    """Numbers and UUIDs of sessions that belong to another account (code 300)."""
    rate_limits: bool = True
    """False: no call is refused for its rate, for tools that try how much it bears."""
    other_daily_calls: Annotated[int, Meta(ge=0, le=10_000_000)] = 0
    """Heavy calls that other apps of the account make, spread over the UTC day."""
    other_calls_per_s: Annotated[int, Meta(ge=0, le=1000)] = 0
    """Heavy calls that other apps of the account make, every second."""

    style: Style = "2021"
    """How quantities are spelled: 2021 ``"27 kbps"``, 2023 ``"27.15kbps"``, 2026
    ``"27.15 kbps"``."""
    absent: Absent = "mixed"
    """Streams without a value: `missing` has no key, `blank` has empty strings;
    `mixed` is blank on the client's leg and the one in use, and no key otherwise."""
    still_share: StillShare = "0*0"
    """A shared screen that stands still for a minute: ``0*0`` without a frame rate,
    as in Zoom's sample of 2021, or its size at ``0 fps``."""
    rssi_swapped: bool = False
    """True: least and most of the Wi-Fi change places, as in Zoom's own examples."""
    split_rate: Rate = 0.0
    """Share of minutes that come as two records, each with a part of the values."""
    minutes_order: Literal["ascending", "descending"] = "ascending"
    """Whether the latest minute stands last or first."""
    live_minutes: Literal["all", "latest"] = "all"
    """What live answers hold: every minute so far, or the last one."""
    live_delay_s: Seconds = 0.0
    """How long after its end a minute is published while live."""
    live_left: bool = True
    """Live lists still hold people who have left."""
    live_empty_rate: Rate = 0.0
    """Share of live lists that come without anybody, as Zoom's sometimes do."""
    past_ready_after_s: Seconds = 20.0
    """How long after its end a session can be asked for as past."""
    past_missing_rate: Rate = 0.0
    """Share of past calls answered as if there were no such session, as Zoom's
    sometimes are."""
    past_by_number: Literal["latest", "latest_ended"] = "latest"
    """Which occurrence a number means with type past: the latest, which may be
    running and so is refused; or the latest that has ended."""
    unknown_participant: Literal["404/3001", "empty"] = "404/3001"
    """Refused, or answered with no minutes."""
    page_size: Literal["clamp", "refuse"] = "clamp"
    """What happens to a page size above the maximum."""
    last_page: Literal["empty", "missing"] = "empty"
    """The last page's `next_page_token`: an empty string, or no key."""

    plan_missing: Literal["400/200", "400/400"] = "400/200"
    """Status and code where the plan has no Dashboard."""
    scope_missing: Literal["400/4711", "400/4700"] = "400/4711"
    """Status and code of a token without the scope."""
    token_wrong: Literal["401/124", "400/124"] = "401/124"  # noqa: S105 - a status
    """Status and code of a wrong or expired token."""
    bad_page_token: Literal["400/300", "400/200", "300/300"] = "400/300"  # noqa: S105 - a status
    """Status and code of a page token that is wrong or has expired."""
    no_access: Literal["400/300", "300/300"] = "400/300"
    """Status and code for a session of another account."""
    rate_headers: Literal["category", "full"] = "category"
    """Successes carry only the category of the limit, or limit and remainder too."""

    token_life_s: Annotated[float, Meta(ge=1, le=1e8)] = 3600.0
    """How long an access token is good."""
    one_token: bool = False
    """True: a new access token ends the ones before it, as until 2022."""
    client_wrong: Literal["400", "401"] = "400"
    """Status of a wrong client id or secret."""
    grant_in_query: bool = True
    """False: a token's parameters are read from the form body only."""
    page_token_life_s: Seconds = 900.0
    """How long a page token is good."""

    slow_rate: Rate = 0.0
    """Share of answers that take `slow_s`."""
    slow_s: Seconds = 5.0
    """How long a slow answer takes."""
    error_rate: Rate = 0.0
    """Share of calls answered with a 500."""
    drop_rate: Rate = 0.0
    """Share of calls whose connection is dropped half-way through the answer."""
    bad_json_rate: Rate = 0.0
    """Share of successes whose body is cut short."""
    error_200_rate: Rate = 0.0
    """Share of calls answered with an error body under status 200."""
    seed: int = 7
    """Seed of the draws for the rates."""


def parse_options(given: Mapping[str, object]) -> ZoomOptions:
    """Return the options that `given` names; the others keep their defaults.

    Args:
        given: Values by field name, typed or as text: ``{"plan": "pro",
            "slow_rate": "0.1", "scopes": "a b"}``.

    Raises:
        SwitchError: A name is unknown, or a value is none of its choices.
    """
    return read_switches(given, ZoomOptions, whose="the emulated Zoom")


def switches() -> Iterator[Switch]:
    """Yield every option, in order."""
    return switches_of(ZoomOptions)


def switches_toml() -> str:
    """Return TOML lines of every option with its default, for a scenario's `[zoom]`."""
    return "\n".join(_toml(each) for each in switches())


def _toml(switch: Switch) -> str:
    values = " or ".join(switch.choices) or switch.kind
    about = f"  # {switch.meaning} [{values}]"
    if switch.default is None:
        return f'# {switch.name} = ""{about}'
    value = msgspec.json.encode(switch.default).decode()
    return f"{switch.name} = {value}{about}"
