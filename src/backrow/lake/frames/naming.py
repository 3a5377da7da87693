"""Names of networks: offices by the user's own list, providers by a MaxMind ASN file.

Both files are the user's and stay on this machine: no address is asked for anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backrow.errors import MissingExtraError, SettingsError
from backrow.qos.sites import Sites, read_sites

if TYPE_CHECKING:
    from maxminddb import Reader


class Providers:
    """Who runs the network of an address, by a local MaxMind ASN database."""

    def __init__(self, reader: Reader) -> None:
        """Look names up with `reader`."""
        self._reader = reader
        self._known: dict[str, str] = {}

    @classmethod
    def open(cls, path: Path) -> Providers:
        """Open a file, such as GeoLite2-ASN.mmdb.

        Raises:
            SettingsError: It cannot be read, or tells of no providers.
            MissingExtraError: The reader is not installed.
        """
        try:
            import maxminddb  # noqa: PLC0415 - optional
        except ImportError as exc:
            raise MissingExtraError("maxminddb", extra="app") from exc
        try:
            reader = maxminddb.open_database(path)
        except OSError as exc:
            raise SettingsError(f"cannot read {path}: {exc.strerror}") from exc
        except maxminddb.InvalidDatabaseError as exc:
            raise SettingsError(f"expected a MaxMind database - in {path}") from exc
        kind = str(reader.metadata().database_type)
        if "ASN" not in kind and "ISP" not in kind:
            raise SettingsError(
                f"expected a MaxMind database of providers (ASN or ISP), got {kind} - "
                f"in {path}"
            )
        return cls(reader)

    def name_of(self, address: str | None) -> str:
        """Return the provider of an address or a network, "" if it is not known."""
        if not address:
            return ""
        known = self._known.get(address)
        if known is None:
            known = self._known[address] = _name(self._look_up(address))
        return known

    def _look_up(self, address: str) -> Any:
        try:
            return self._reader.get(address.partition("/")[0])
        except ValueError:  # no address, or of a version that the file lacks
            return None


def _name(found: Any) -> str:
    if not isinstance(found, dict):
        return ""
    name = found.get("isp") or found.get("autonomous_system_organization")
    number = found.get("autonomous_system_number")
    return str(name or "").strip() or (f"AS{number}" if number else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What is known of networks beside what Zoom tells."""

    sites: Sites = field(default_factory=Sites)
    providers: Providers | None = None

    def __bool__(self) -> bool:
        """Return whether there is a list or a file at all."""
        return bool(self.sites) or self.providers is not None


def read_naming(sites: Path | None, asn: Path | None) -> Naming:
    """Return what two files of the user's tell; None is no file.

    Args:
        sites: Offices, as TOML or CSV (see `backrow.qos.sites`).
        asn: A MaxMind ASN database.

    Raises:
        SettingsError: A file cannot be read, or has another form.
        MissingExtraError: The reader of the database is not installed.
    """
    listed = Sites()
    if sites is not None:
        try:
            text = sites.read_text("utf-8")
        except OSError as exc:
            raise SettingsError(f"cannot read {sites}: {exc.strerror}") from exc
        except UnicodeDecodeError as exc:
            raise SettingsError(f"expected UTF-8 text - in {sites}") from exc
        listed = read_sites(text, name=str(sites))
    return Naming(sites=listed, providers=None if asn is None else Providers.open(asn))
