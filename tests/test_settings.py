"""Settings: where each value comes from, and what is refused in which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from backrow.errors import SettingsError
from backrow.settings import (
    FILE_NAME,
    SETTING,
    SETTINGS,
    Secret,
    Settings,
    find_file,
    flag_of,
    load,
    values_in,
)


def written(folder: Path, text: str) -> Path:
    file = folder / "backrow.toml"
    file.write_text(text, "utf-8")
    file.chmod(0o600)
    return file


def test_a_flag_wins_over_environment_file_and_default(tmp_path: Path) -> None:
    file = written(tmp_path, 'plan = "pro"\ntz = "UTC"\napi_url = "https://c.example/"')
    environ = {"ZOOM_PLAN": "pro", "ZOOM_API_URL": "https://b.example/v2"}
    found = load({"api_url": "https://a.example/v2/"}, environ, file)
    assert (found.api_url, found.origin("api_url")) == ("https://a.example/v2", "flag")
    assert (found.plan, found.origin("plan")) == ("pro", "environment")
    assert (found.tz, found.origin("tz")) == ("UTC", "backrow.toml")
    assert found.oauth_url == "https://zoom.us/oauth/token"
    assert found.origin("oauth_url") == "default"


def test_without_anything_every_setting_is_a_default() -> None:
    found = load({}, {})
    assert {found.origin(setting.name) for setting in SETTINGS} == {"default"}
    assert (found.account_id, found.client_secret, found.access_token) == (None,) * 3
    assert found.api_url == "https://api.zoom.us/v2"
    assert found.plan == "business"
    assert found.state.is_absolute()
    assert Path(found.lake).is_absolute()


def test_an_empty_variable_counts_as_not_given() -> None:
    found = load({}, {"ZOOM_ACCESS_TOKEN": " ", "ZOOM_PLAN": ""})
    assert found.access_token is None
    assert found.origin("plan") == "default"


def test_a_secret_shows_itself_only_when_asked() -> None:
    found = load({}, {"ZOOM_CLIENT_SECRET": " hush-hush ", "ZOOM_ACCESS_TOKEN": "tok"})
    assert found.client_secret is not None
    assert found.client_secret.reveal() == "hush-hush"
    assert "hush" not in f"{found!r} {found.client_secret} {found.client_secret!r}"
    assert "tok'" not in repr(found)


def test_secrets_compare_by_what_they_hide() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert len({Secret("a"), Secret("a")}) == 1
    assert Secret("a") != "a"


def test_no_secret_can_be_a_default() -> None:
    assert not any(setting.secret and setting.default for setting in SETTINGS)


def test_every_setting_is_an_attribute_with_a_variable_and_help() -> None:
    for setting in SETTINGS:
        assert setting.name in Settings.__dataclass_fields__
        assert setting.env.startswith(("ZOOM_", "BACKROW_"))
        assert setting.help.endswith(".")
    assert flag_of("api_url") == "--api-url"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("plan", "gold", "expected pro or business, got 'gold' - in ZOOM_PLAN"),
        ("api_url", "api.zoom.us", "expected a URL such as https://api.zoom.us/v2"),
        ("api_url", "https://u:p@h.example", "expected a URL"),
        ("api_url", "https://h.example:port/v2", "expected a URL"),
        ("oauth_url", "ftp://h.example/token", "expected a URL"),
        ("tz", "Mars/Olympus", "expected a time zone such as Europe/Berlin or UTC"),
        ("tz", "../etc/passwd", "expected a time zone"),
        ("account_id", "a\nb", "expected printable characters"),
    ],
)
def test_a_malformed_value_is_refused(name: str, text: str, expected: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load({}, {SETTING[name].env: text})
    assert expected in str(caught.value)
    assert SETTING[name].env in str(caught.value)


def test_a_malformed_secret_is_refused_without_being_told() -> None:
    with pytest.raises(SettingsError) as caught:
        load({}, {"ZOOM_CLIENT_SECRET": "geheim\N{EN DASH}nis"})
    assert "geheim" not in str(caught.value)
    assert "ZOOM_CLIENT_SECRET" in str(caught.value)


def test_a_wrong_flag_is_named_as_it_is_typed() -> None:
    with pytest.raises(SettingsError, match="in --plan"):
        load({"plan": "gold"}, {})


def test_a_malformed_file_is_named_with_its_line(tmp_path: Path) -> None:
    file = written(tmp_path, 'plan = "pro"\nnonsense\n')
    with pytest.raises(SettingsError, match="line 2") as caught:
        load({}, {}, file)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('plan = "pro"\ncolour = "red"', "unknown setting `colour` (known: account_id"),
        ('ZOOM_PLAN = "pro"', "unknown setting `ZOOM_PLAN` (it is called `plan` here)"),
        ('\n\n[zoom]\nplan = "pro"', "unknown setting `zoom`"),
        ("plan = 3", "expected text in quotes for `plan`, got int"),
        ('plan = "gold"', "expected pro or business, got 'gold'"),
    ],
)
def test_a_wrong_key_or_value_in_the_file_is_refused(
    tmp_path: Path, text: str, expected: str
) -> None:
    file = written(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        load({}, {}, file)
    assert expected in str(caught.value)
    line = text.count("\n", 0, text.index("zoom") if "[zoom]" in text else -1) + 1
    assert f"{file}, line {line}" in str(caught.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "backrow.toml"
    file.write_bytes(b'plan = "\xff"')
    with pytest.raises(SettingsError, match="UTF-8"):
        load({}, {}, file)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot read"):
        load({}, {}, tmp_path / "backrow.toml")


@pytest.mark.parametrize(
    ("text", "mode", "warned"),
    [
        ('client_secret = "s"', 0o644, True),
        ('client_secret = "s"', 0o640, True),
        ('client_secret = "s"', 0o600, False),
        ('client_secret = ""', 0o644, False),
        ('plan = "pro"', 0o644, False),
    ],
)
def test_a_secret_that_others_can_read_is_warned_of(
    tmp_path: Path, text: str, mode: int, *, warned: bool
) -> None:
    file = written(tmp_path, text)
    file.chmod(mode)
    found = load({}, {}, file)
    assert [f"chmod 600 {file}" in line for line in found.warnings] == [True] * warned


def test_the_first_file_of_the_folders_is_found(tmp_path: Path) -> None:
    here, config = tmp_path / "here", tmp_path / "config"
    here.mkdir()
    config.mkdir()
    assert find_file((here, config)) is None
    second = written(config, "")
    assert find_file((here, config)) == second
    first = written(here, "")
    assert find_file((here, config)) == first


@pytest.mark.parametrize("what", ["a folder", "a link that leads nowhere"])
def test_what_is_no_file_is_found_and_told(tmp_path: Path, what: str) -> None:
    place = tmp_path / FILE_NAME
    if what == "a folder":
        place.mkdir()
    else:
        place.symlink_to(tmp_path / "gone")
    found = find_file((tmp_path,))
    with pytest.raises(SettingsError) as caught:
        load({}, {}, found)
    assert str(caught.value) == f"expected a file, found {what} - in {place}"


def test_folders_may_begin_with_a_tilde() -> None:
    found = load({"state": "~/calls", "lake": "s3://bucket/~lake"}, {})
    assert found.state == Path("~/calls").expanduser()
    assert found.lake == "s3://bucket/~lake"


def test_people_are_kept_by_name_unless_asked_otherwise(tmp_path: Path) -> None:
    found = load({}, {})
    assert (found.identities, found.addresses, found.keep_days) == (
        "names",
        "full",
        None,
    )
    hidden = load({}, {"BACKROW_IDENTITIES": "pseudonyms"})
    assert (hidden.identities, hidden.addresses) == ("pseudonyms", "prefix")
    whole = load({"addresses": "full"}, {"BACKROW_IDENTITIES": "omit"})
    assert (whole.identities, whole.addresses) == ("omit", "full")
    file = written(tmp_path, "keep_days = 90")
    assert load({}, {}, file).keep_days == 90
    assert values_in(file) == {"keep_days": "90"}


@pytest.mark.parametrize("days", ["0", "-1", "1.5", "ninety", "9" * 5000])
def test_days_are_a_number_of_days(days: str) -> None:
    with pytest.raises(SettingsError, match="from 1 to 36,500"):
        load({"keep_days": days}, {})
