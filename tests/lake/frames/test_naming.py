"""Names of networks come from files of the user's, or from nowhere."""

from pathlib import Path

import pytest

from backrow.errors import SettingsError
from backrow.lake.frames import Naming, Providers, read_naming
from tests.lake.frames.mmdb import write_asn

ASN = {"198.51.100.0/24": "Alder Fibre", "203.0.113.0/25": "Birch Broadband"}


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("198.51.100.7", "Alder Fibre"),
        ("198.51.100.0/24", "Alder Fibre"),
        ("203.0.113.5", "Birch Broadband"),
        ("203.0.113.200", ""),
        ("2001:db8::1", ""),
        ("no address", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_provider_of_an_address(tmp_path: Path, address: str | None, name: str) -> None:
    providers = Providers.open(write_asn(tmp_path / "asn.mmdb", ASN))
    assert [providers.name_of(address) for _ in range(2)] == [name, name]


def test_other_databases_are_refused(tmp_path: Path) -> None:
    city = write_asn(tmp_path / "city.mmdb", ASN, kind="GeoLite2-City")
    (tmp_path / "text").write_text("text")
    for path, said in (
        (city, "of providers (ASN or ISP), got GeoLite2-City - in"),
        (tmp_path / "text", "expected a MaxMind database - in"),
        (tmp_path / "none", "cannot read"),
    ):
        with pytest.raises(
            SettingsError, match=said.replace("(", r"\(").replace(")", r"\)")
        ):
            Providers.open(path)


def test_list_of_offices_is_read_by_its_ending(tmp_path: Path) -> None:
    path = tmp_path / "offices.csv"
    path.write_text("site,public\nLyon office,198.51.100.0/24\n", "utf-8")
    naming = read_naming(path, None)
    assert naming
    assert naming.sites.name_of("198.51.100.7") == "Lyon office"
    assert not Naming()


def test_list_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"expected UTF-8 text - in .*bad\.toml"):
        read_naming(tmp_path / "bad.toml", None)
    with pytest.raises(SettingsError, match=r"cannot read .*none\.toml"):
        read_naming(tmp_path / "none.toml", None)
