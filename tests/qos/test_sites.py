"""Offices by address: what a list says, and what is said of a wrong one."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given, strategies as st

from backrow.errors import SettingsError
from backrow.qos.sites import Address, Site, Sites, is_network, network_of, read_sites

TOML = """
[[sites]]
name = "Lyon office"
public = ["198.51.100.0/24", "2001:db8:1::/48"]

[[sites]]
name = "Lyon, third floor"
public = "198.51.100.0/24"
internal = ["10.2.3.0/24"]

[[sites]]
name = "Workshop"
internal = ["10.9.0.0/16"]
"""
CSV = """\ufeffSite,Public,Internal
Lyon office,198.51.100.0/24;2001:db8:1::/48,
"Lyon, third floor",198.51.100.0/24,10.2.3.0/24
Workshop,,10.9.0.0/16
"""


@pytest.mark.parametrize(("text", "name"), [(TOML, "sites.toml"), (CSV, "sites.csv")])
@pytest.mark.parametrize(
    ("address", "inside", "site"),
    [
        ("198.51.100.7", [], "Lyon office"),
        ("2001:db8:1::5", [], "Lyon office"),
        ("::ffff:198.51.100.7", [], "Lyon office"),
        ("198.51.100.7", ["192.168.0.4", "10.2.3.4"], "Lyon, third floor"),
        ("203.0.113.5", ["10.2.3.4"], ""),
        ("203.0.113.5", ["10.9.1.1"], "Workshop"),
        ("", ["no address"], ""),
        (None, [], ""),
    ],
)
def test_address_is_in_the_narrowest_office(
    text: str, name: str, address: str | None, inside: list[str], site: str
) -> None:
    assert read_sites(text, name=name).name_of(address, inside) == site


def test_toml_and_csv_say_the_same() -> None:
    assert read_sites(TOML, name="a.toml") == read_sites(CSV, name="a.csv")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sites = 3", "expected tables `[[sites]]` - in a.toml"),
        ("x = [", "expected TOML: "),
        ("[[sites]]\nname = 3\n", "expected the site's name - in a.toml, line 2"),
        ('[[sites]]\nname = "A"\n', "expected a public or internal prefix"),
        ('[[sites]]\nname = "A"\nplace = "B"\n', "in a.toml, line 3, key `place`"),
        (
            '[[sites]]\nname = "A"\npublic = [\n  "198.51.100.0/24",\n  "198.51.100.1/24",\n]\n',
            (
                "got '198.51.100.1/24' (198.51.100.1/24 has host bits set) - in a.toml, "
                "line 5, key `public`"
            ),
        ),
        ('[[sites]]\nname = "A"\npublic = [7]\n', "line 3, key `public`"),
        (
            "[offices]\n",
            "expected tables `[[sites]]`, got `offices` - in a.toml, line 1",
        ),
    ],
)
def test_wrong_toml_names_file_line_and_key(text: str, said: str) -> None:
    with pytest.raises(SettingsError) as error:
        read_sites(text, name="a.toml")
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "name,prefix\n",
            "expected the columns site, public, internal, got name, prefix",
        ),
        ("", "got none - in a.csv, line 1"),
        ("site,public\nA,198.51.100.0/24\n,198.51.101.0/24\n", "a.csv, line 3"),
        ("site,public\nA,lyon\n", "got 'lyon' - in a.csv, line 2, column `public`"),
        (
            "site,public\nA,\n",
            "expected a public or internal prefix - in a.csv, line 2",
        ),
    ],
)
def test_wrong_csv_names_file_line_and_column(text: str, said: str) -> None:
    with pytest.raises(SettingsError) as error:
        read_sites(text, name="a.csv")
    assert said in str(error.value)


@given(address=st.ip_addresses(), length=st.integers(0, 32))
def test_address_is_in_a_prefix_as_the_library_says(
    address: object, length: int
) -> None:
    prefix = ip_network((b"\xc6\x33\x64\x00", length), strict=False)
    found = Sites((Site(name="A", public=(prefix,)),)).name_of(str(address))
    mapped = getattr(address, "ipv4_mapped", None) or address
    assert (found == "A") == (ip_address(str(mapped)) in prefix)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "198.51.100.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("::ffff:198.51.100.7", "198.51.100.0/24"),
        ("hidden", ""),
        (None, ""),
    ],
)
def test_network_is_the_public_prefix(address: str | None, network: str) -> None:
    assert network_of(address) == network
    assert is_network(network) == bool(network)


@given(st.ip_addresses())
def test_network_is_what_the_standard_library_says(address: Address) -> None:
    if getattr(address, "ipv4_mapped", None) is None:
        length = 24 if address.version == 4 else 48
        expected = ip_network((str(address), length), strict=False)
        assert network_of(str(address)) == str(expected)


def test_a_cut_address_is_in_no_office_that_is_narrower() -> None:
    offices = Sites(
        (
            Site(name="Half", public=(ip_network("198.51.100.0/25"),)),
            Site(name="Whole", public=(ip_network("198.51.100.0/24"),)),
        )
    )
    assert offices.name_of("198.51.100.7") == "Half"
    assert offices.name_of("198.51.100.0/24") == "Whole"
    assert network_of("198.51.100.0/24") == "198.51.100.0/24"
    assert network_of("2001:db8::/48") == "2001:db8::/48"


@pytest.mark.parametrize(
    "text", ["198.51.100.7/abc", "198.51.100.7/", "198.51.100.7/" + "9" * 5000]
)
def test_what_is_no_prefix_is_no_address(text: str) -> None:
    assert network_of(text) == ""
