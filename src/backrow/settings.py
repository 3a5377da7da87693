"""Settings: flags, then the environment, then backrow.toml, then defaults.

`SETTINGS` is the one table of them: the flags' help, `backrow doctor` and the
reference page of the docs are read from it. `load` takes everything that it
looks at as an argument; `find_file` is the only function that goes looking.

An empty value counts as not given, as shells make it hard to unset a variable.
Secrets have no flag, because every user of a machine can read command lines,
and are kept as `Secret`, which does not show itself.
"""

from __future__ import annotations

import os
import re
import shlex
import stat
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import platformdirs

from backrow.errors import SettingsError

Origin = Literal["flag", "environment", "backrow.toml", "default"]
Plan = Literal["pro", "business"]
Identities = Literal["names", "pseudonyms", "omit"]
Addresses = Literal["full", "prefix", "omit"]
Choice = TypeVar("Choice", bound=str)
PLANS: Final[tuple[Plan, ...]] = ("pro", "business")
IDENTITIES: Final[tuple[Identities, ...]] = ("names", "pseudonyms", "omit")
ADDRESSES: Final[tuple[Addresses, ...]] = ("full", "prefix", "omit")
KEEP_DAYS_MAX: Final = 36_500
FILE_NAME: Final = "backrow.toml"


class Secret:
    """A text that does not show itself: `str` and `repr` are masked."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Hide `text`."""
        self._text = text

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    def __str__(self) -> str:
        """Return a mask."""
        return "********"

    def __repr__(self) -> str:
        """Return a mask."""
        return "Secret('********')"

    def __eq__(self, other: object) -> bool:
        """Return whether both hide the same text."""
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        """Return a hash that fits `==`."""
        return hash((Secret, self._text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One row of the table of settings."""

    name: str
    """Attribute of `Settings` and key in backrow.toml; `--name` as a flag."""
    env: str
    """Environment variable."""
    help: str
    form: Literal["text", "url", "file", "folder", "place", "zone", "days"] = "text"
    """What a value must look like; a place is a folder or an object store's URL."""
    default: str = ""
    """Value when nothing is given; "" is none, or computed (see `default_shown`)."""
    default_shown: str = ""
    """The default in words, where it depends on the machine."""
    choices: tuple[str, ...] = ()
    secret: bool = False


SETTINGS: Final[tuple[Setting, ...]] = (
    Setting(
        name="account_id",
        env="ZOOM_ACCOUNT_ID",
        help="Account id of the server-to-server OAuth app.",
    ),
    Setting(
        name="client_id",
        env="ZOOM_CLIENT_ID",
        help="Client id of the server-to-server OAuth app.",
    ),
    Setting(
        name="client_secret",
        env="ZOOM_CLIENT_SECRET",
        secret=True,
        help="Client secret of the server-to-server OAuth app.",
    ),
    Setting(
        name="access_token",
        env="ZOOM_ACCESS_TOKEN",
        secret=True,
        help="An access token made elsewhere, instead of the three above.",
    ),
    Setting(
        name="api_url",
        env="ZOOM_API_URL",
        form="url",
        default="https://api.zoom.us/v2",
        help="Where Zoom's API is.",
    ),
    Setting(
        name="oauth_url",
        env="ZOOM_OAUTH_URL",
        form="url",
        default="https://zoom.us/oauth/token",
        help="Where tokens come from.",
    ),
    Setting(
        name="plan",
        env="ZOOM_PLAN",
        default="business",
        choices=PLANS,
        help="The account's plan, which sets the rate limits.",
    ),
    Setting(
        name="webhook_secret",
        env="ZOOM_WEBHOOK_SECRET",
        secret=True,
        help="Secret token of the app's event subscription.",
    ),
    Setting(
        name="lake",
        env="BACKROW_LAKE",
        form="place",
        default_shown="a folder in the user's data folder",
        help="Where samples are kept: a folder, or an s3://, gs:// or abfss:// URL.",
    ),
    Setting(
        name="state",
        env="BACKROW_STATE",
        form="folder",
        default_shown="the user's state folder",
        help="A local folder for the day's count of calls, the inbox and locks.",
    ),
    Setting(
        name="identities",
        env="BACKROW_IDENTITIES",
        default="names",
        choices=IDENTITIES,
        help="How people are called in what is kept and written: by name, by a "
        "pseudonym that stays the same, or not at all.",
    ),
    Setting(
        name="addresses",
        env="BACKROW_ADDRESSES",
        choices=ADDRESSES,
        default_shown="full with names, else prefix",
        help="What is kept of people's IP addresses: all, the network (/24, or /48 of "
        "IPv6), or nothing.",
    ),
    Setting(
        name="keep_days",
        env="BACKROW_KEEP_DAYS",
        form="days",
        default_shown="for ever",
        help="After how many days whoever collects erases sessions and dead letters.",
    ),
    Setting(
        name="sites",
        env="BACKROW_SITES",
        form="file",
        help="A list of offices by address, as TOML or CSV.",
    ),
    Setting(
        name="asn",
        env="BACKROW_ASN",
        form="file",
        help="A local MaxMind ASN file, from which providers get their names.",
    ),
    Setting(
        name="thresholds",
        env="BACKROW_THRESHOLDS",
        form="file",
        help="A TOML file of thresholds and presets that hold over the built-in ones.",
    ),
    Setting(
        name="token",
        env="BACKROW_TOKEN",
        secret=True,
        help="What other machines must show to see what `backrow serve` shows.",
    ),
    Setting(
        name="alerts",
        env="BACKROW_ALERTS",
        secret=True,
        help="Who is told of findings: URLs of webhooks and of apprise, with spaces "
        "between them.",
    ),
    Setting(
        name="alerts_secret",
        env="BACKROW_ALERTS_SECRET",
        secret=True,
        help="Secret under which webhooks that are told of findings are signed.",
    ),
    Setting(
        name="clock",
        env="BACKROW_CLOCK",
        default_shown="the real time",
        help="Emulated time: EMULATED_START@WALL_START@SPEED.",
    ),
    Setting(
        name="tz",
        env="BACKROW_TZ",
        form="zone",
        default_shown="the zone of this machine",
        help="Time zone of times in tables, e.g. Europe/Berlin.",
    ),
)
"""Every setting, in the order in which they are shown."""

SETTING: Final[dict[str, Setting]] = {setting.name: setting for setting in SETTINGS}
"""The same, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What was set, typed, and where each value came from."""

    account_id: str | None = None
    client_id: str | None = None
    client_secret: Secret | None = None
    access_token: Secret | None = None
    api_url: str
    """Without a slash at the end."""
    oauth_url: str
    plan: Plan
    webhook_secret: Secret | None = None
    lake: str
    state: Path
    identities: Identities = "names"
    addresses: Addresses = "full"
    """Unless set, ``prefix`` where people are not kept by name."""
    keep_days: int | None = None
    """None keeps sessions for ever."""
    sites: Path | None = None
    """A list of offices; see `backrow.qos.sites`."""
    asn: Path | None = None
    """A MaxMind ASN database."""
    thresholds: Path | None = None
    """Thresholds and presets of the user's own."""
    token: Secret | None = None
    alerts: Secret | None = None
    """URLs with white space between them."""
    alerts_secret: Secret | None = None
    clock: str = ""
    """As `backrow.clock.Clock.parse` reads it; empty is the real time."""
    tz: str | None = None
    """An IANA zone name; None is the machine's zone."""
    file: Path | None = None
    """The backrow.toml that was read; None if there was none."""
    warnings: tuple[str, ...] = ()
    """Sentences that the user should read once."""
    origins: Mapping[str, Origin] = field(default_factory=dict)
    """Where each value that is not a default came from."""

    def origin(self, name: str) -> Origin:
        """Return where the setting `name` came from."""
        return self.origins.get(SETTING[name].name, "default")


def find_file(folders: Sequence[Path] | None = None) -> Path | None:
    """Return the first backrow.toml in `folders`, or None.

    What is there and is no file, such as a link that leads nowhere, is returned as
    well: whoever reads it says so.

    Args:
        folders: By default the current folder, then the user's config folder.
    """
    if folders is None:
        folders = (Path.cwd(), platformdirs.user_config_path("backrow"))
    paths = (folder / FILE_NAME for folder in folders)
    return next((path for path in paths if path.exists() or path.is_symlink()), None)


def load(
    flags: Mapping[str, str | None],
    environ: Mapping[str, str],
    file: Path | None = None,
) -> Settings:
    """Return the settings that hold.

    Args:
        flags: Values by setting name; None for a flag that was not given.
        environ: Environment variables.
        file: A backrow.toml to read; None for none.

    Raises:
        SettingsError: A value or the file is malformed, or cannot be read.
    """
    in_file = {} if file is None else _read(file)
    values: dict[str, str] = {}
    origins: dict[str, Origin] = {}
    for setting in SETTINGS:
        given = _first_given(setting, flags, environ, in_file)
        if given is not None:
            text, origins[setting.name], where = given
            values[setting.name] = checked(setting, text, where=where)
    return _settings(values, origins, file=file, warnings=_warnings(file, in_file))


def values_in(file: Path) -> dict[str, str]:
    """Return the values that a backrow.toml sets, by name, secrets too.

    Raises:
        SettingsError: It is malformed, or cannot be read.
    """
    return {name: found.text for name, found in _read(file).items() if found.text}


def flag_of(name: str) -> str:
    """Return the flag of the setting `name`, as in ``--api-url``."""
    return f"--{name.replace('_', '-')}"


def _settings(
    values: Mapping[str, str],
    origins: Mapping[str, Origin],
    *,
    file: Path | None,
    warnings: tuple[str, ...],
) -> Settings:
    def secret(name: str) -> Secret | None:
        return Secret(values[name]) if name in values else None

    def url(name: str) -> str:
        return values.get(name, SETTING[name].default).rstrip("/")

    def file_of(name: str) -> Path | None:
        return Path(values[name]) if name in values else None

    lake, state = values.get("lake"), values.get("state")
    identities = _one_of(IDENTITIES, values.get("identities"), "names")
    by_default: Addresses = "full" if identities == "names" else "prefix"
    return Settings(
        account_id=values.get("account_id"),
        client_id=values.get("client_id"),
        client_secret=secret("client_secret"),
        access_token=secret("access_token"),
        api_url=url("api_url"),
        oauth_url=url("oauth_url"),
        plan=_one_of(PLANS, values.get("plan"), "business"),
        webhook_secret=secret("webhook_secret"),
        lake=lake or str(platformdirs.user_data_path("backrow") / "lake"),
        state=Path(state) if state else platformdirs.user_state_path("backrow"),
        identities=identities,
        addresses=_one_of(ADDRESSES, values.get("addresses"), by_default),
        keep_days=int(values["keep_days"]) if "keep_days" in values else None,
        sites=file_of("sites"),
        asn=file_of("asn"),
        thresholds=file_of("thresholds"),
        token=secret("token"),
        alerts=secret("alerts"),
        alerts_secret=secret("alerts_secret"),
        clock=values.get("clock", ""),
        tz=values.get("tz"),
        file=file,
        warnings=warnings,
        origins=dict(origins),
    )


def _one_of(choices: tuple[Choice, ...], text: str | None, otherwise: Choice) -> Choice:
    """Return the choice that `text` is, which was checked before."""
    return next((choice for choice in choices if choice == text), otherwise)


@dataclass(frozen=True, slots=True)
class _InFile:
    """A value of backrow.toml and where it stands."""

    text: str
    where: str


def _first_given(
    setting: Setting,
    flags: Mapping[str, str | None],
    environ: Mapping[str, str],
    in_file: Mapping[str, _InFile],
) -> tuple[str, Origin, str] | None:
    flag = flags.get(setting.name)
    if flag is not None:
        return flag.strip(), "flag", flag_of(setting.name)
    text = environ.get(setting.env, "").strip()
    if text:
        return text, "environment", setting.env
    found = in_file.get(setting.name)
    if found is not None and found.text:
        return found.text, "backrow.toml", found.where
    return None


def checked(setting: Setting, text: str, *, where: str) -> str:
    """Return `text` in its final form.

    Args:
        setting: What it is a value of.
        text: Without white space around it.
        where: Where it stands, for the error.

    Raises:
        SettingsError: It is not what the setting must look like.
    """
    shown = "a text that is not" if setting.secret else repr(text)
    if not text.isprintable() or (setting.secret and not text.isascii()):
        raise SettingsError(f"expected printable characters, got {shown} - in {where}")
    if setting.choices and text not in setting.choices:
        expected = " or ".join(setting.choices)
        raise SettingsError(f"expected {expected}, got {shown} - in {where}")
    if setting.form == "url" and not is_url(text):
        expected = "expected a URL such as " + setting.default
        raise SettingsError(f"{expected}, got {shown} - in {where}")
    if setting.form == "zone" and not is_zone(text):
        expected = "expected a time zone such as Europe/Berlin or UTC"
        raise SettingsError(f"{expected}, got {shown} - in {where}")
    if setting.form == "days" and not _is_days(text):
        expected = f"expected a number of days from 1 to {KEEP_DAYS_MAX:,}"
        raise SettingsError(f"{expected}, got {shown} - in {where}")
    if setting.form in {"file", "folder", "place"} and "://" not in text:
        return str(Path(text).expanduser())
    return text


def _is_days(text: str) -> bool:
    is_number = text.isascii() and text.isdecimal() and len(text) <= 5
    return is_number and 1 <= int(text) <= KEEP_DAYS_MAX


def is_url(text: str) -> bool:
    """Return whether a text is an address without user, query and fragment."""
    try:
        url = urlsplit(text)
        port_is_a_number = url.port != 0
    except ValueError:
        return False
    plain = not (url.username or url.password or url.query or url.fragment)
    known = url.scheme in {"http", "https"} and bool(url.hostname)
    return known and plain and port_is_a_number and " " not in text


def is_zone(name: str) -> bool:
    """Return whether `name` is a time zone that this machine knows."""
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        return False
    return True


def _read(file: Path) -> dict[str, _InFile]:
    """Return the values in `file` with their lines.

    Raises:
        SettingsError: The file is malformed, holds a key that is no setting, or
            cannot be read.
    """
    try:
        text = file.read_text("utf-8")
        table = tomllib.loads(text)
    except OSError as exc:
        raise SettingsError(_unread(file, exc)) from exc
    except UnicodeDecodeError as exc:
        raise SettingsError(f"expected UTF-8 text - in {file}") from exc
    except tomllib.TOMLDecodeError as exc:
        raise SettingsError(f"expected TOML: {exc} - in {file}") from exc
    found: dict[str, _InFile] = {}
    for key, value in table.items():
        where = f"{file}, line {_line_of(key, text)}"
        if key not in SETTING:
            raise SettingsError(f"unknown setting `{key}`{_nearest(key)} - in {where}")
        is_count = SETTING[key].form == "days" and type(value) is int
        if not isinstance(value, str) and not is_count:
            got = type(value).__name__
            msg = f"expected text in quotes for `{key}`, got {got} - in {where}"
            raise SettingsError(msg)
        found[key] = _InFile(str(value).strip(), where)
    return found


def _unread(file: Path, exc: OSError) -> str:
    """Return why a file could not be read."""
    if file.is_dir():
        return f"expected a file, found a folder - in {file}"
    if file.is_symlink() and not file.exists():
        return f"expected a file, found a link that leads nowhere - in {file}"
    return f"cannot read {file}: {exc.strerror}"


def _line_of(key: str, text: str) -> int:
    """Return the line on which `key` is set (1 if it is written unusually)."""
    start = re.compile(rf"\s*\[?\s*[\"']?{re.escape(key)}[\"']?\s*[=\].]")
    lines = enumerate(text.splitlines(), start=1)
    return next((number for number, line in lines if start.match(line)), 1)


def _nearest(key: str) -> str:
    """Return a hint for a key that is nearly, or is the variable of, a setting."""
    plain = key.lower().replace("-", "_")
    for setting in SETTINGS:
        if plain in {setting.name, setting.env.lower()}:
            return f" (it is called `{setting.name}` here)"
    return " (known: " + ", ".join(SETTING) + ")"


def _warnings(file: Path | None, in_file: Mapping[str, _InFile]) -> tuple[str, ...]:
    if file is None or os.name == "nt":
        return ()
    holds_secret = any(SETTING[name].secret and v.text for name, v in in_file.items())
    if not holds_secret or not stat.S_IMODE(file.stat().st_mode) & 0o077:
        return ()
    advice = f"chmod 600 {shlex.quote(str(file))}"
    return (f"{file} holds a secret and other users can read it: {advice}",)
