"""Where a lake is: a folder, or a URL of an object store."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

from backrow.errors import StorageError, UsageError

_OPTIONS: Final = ("AWS_", "AZURE_", "GOOGLE_", "OBJECT_STORE_")
"""Beginnings of the environment variables that deltalake takes as options."""
SCHEMES: Final = ("s3", "s3a", "gs", "abfs", "abfss", "az")
"""Object stores: Amazon's and those like it, Google's, Azure's."""
_UNUSABLE: Final = re.compile(r"[\[\]|^`\\]|%[0-9A-Fa-f]{2}")
"""What deltalake misreads in the path of a folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a lake is."""

    url: str
    """As people write it."""
    folder: Path | None
    """None if it is in an object store."""
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Keys and settings of the object store, as deltalake takes them."""

    @classmethod
    def parse(
        cls, url: str | os.PathLike[str], environ: Mapping[str, str] | None = None
    ) -> Place:
        """Return the place that `url` names.

        Args:
            url: A folder, or a URL: file:// or one of `SCHEMES`.
            environ: Where an object store's options are looked for; by default
                this process's environment.

        Raises:
            UsageError: It is a URL of something else, or names no bucket.
            StorageError: deltalake cannot work in a folder of that name.
        """
        text = os.fspath(url)
        parts = urlsplit(text)
        if "://" in text and parts.scheme != "file":
            if parts.scheme not in SCHEMES or not parts.netloc:
                raise UsageError(
                    f"expected a folder, or a URL of a bucket that begins with "
                    f"{', '.join(f'{one}://' for one in SCHEMES)} - the lake is "
                    f"{text!r:.80}"
                )
            options = _options(os.environ if environ is None else environ)
            return cls(url=text.rstrip("/"), folder=None, options=options)
        path = url2pathname(parts.path) if parts.scheme == "file" else text
        folder = Path(path).expanduser().absolute()
        if _UNUSABLE.search(folder.as_posix()):
            raise StorageError(
                r"expected a path without any of [ ] | ^ ` \ and %41", place=text
            )
        return cls(url=str(folder), folder=folder)

    def of_table(self, name: str) -> str:
        """Return where the table `name` is, as deltalake takes it."""
        if self.folder is not None:
            return str(self.folder / name)
        return f"{self.url}/{name}"

    def check_writable(self) -> None:
        """Make sure that a folder can be written; nothing is asked of object stores.

        It is tried: a file without a name is opened wherever a collector would write.

        Raises:
            StorageError: It cannot.
        """
        if self.folder is None:
            return
        there = self.folder.exists()
        if there:
            logs = list(self.folder.glob("*/_delta_log"))
            places = [self.folder, *(log.parent for log in logs), *logs]
        else:
            places = [next(each for each in self.folder.parents if each.exists())]
        for place in places:
            try:
                TemporaryFile(dir=place).close()
            except OSError as exc:
                what = "it can be read, not written" if there else "it cannot be made"
                message = f"the lake: {what}: {exc.strerror}"
                raise StorageError(message, place=str(place)) from exc

    @property
    def is_there(self) -> bool:
        """Whether the folder exists; object stores have none and always do."""
        return self.folder is None or self.folder.is_dir()


def _options(environ: Mapping[str, str]) -> dict[str, str]:
    return {k: v for k, v in environ.items() if k.startswith(_OPTIONS)}
