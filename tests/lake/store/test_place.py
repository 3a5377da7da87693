"""Where a lake is."""

from pathlib import Path

import pytest

from backrow.errors import StorageError, UsageError
from backrow.lake.store.place import Place


def test_folder_and_file_url_are_the_same_place(tmp_path: Path) -> None:
    folder = tmp_path / "a lake"
    assert Place.parse(folder.as_uri()) == Place.parse(folder)
    assert Place.parse(str(folder)).folder == folder


def test_object_store_takes_its_options_from_the_environment() -> None:
    environ = {"AWS_REGION": "eu-west-1", "HOME": "/home/ann"}
    place = Place.parse("s3://bucket/lake/", environ)
    assert place.folder is None
    assert place.of_table("samples") == "s3://bucket/lake/samples"
    assert place.options == {"AWS_REGION": "eu-west-1"}


def test_keys_are_not_shown() -> None:
    place = Place.parse("s3://bucket", {"AWS_SECRET_ACCESS_KEY": "hush"})
    assert "hush" not in repr(place)


@pytest.mark.parametrize("name", ["[x]", "a|b", "a%41", "a^b"])
def test_folder_that_deltalake_misreads_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="expected a path without any of"):
        Place.parse(tmp_path / name)


@pytest.mark.parametrize(
    "url", ["s3x://bucket", "http://example.com/x", "s3://", "s3:///x"]
)
def test_url_of_no_object_store_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="expected a folder, or a URL of a bucket"):
        Place.parse(url)


def test_place_that_can_be_read_alone_is_told(tmp_path: Path) -> None:
    Place.parse(tmp_path / "below" / "lake").check_writable()
    Place.parse("s3://bucket/lake").check_writable()  # not asked
    with pytest.raises(StorageError, match="it can be read, not written"):
        Place.parse("/proc").check_writable()  # not even root can make a file there
