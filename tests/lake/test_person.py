"""All about one person: what is theirs, and nothing of others."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from backrow.errors import NothingFoundError
from backrow.lake.forget import find
from backrow.lake.person import write_person
from backrow.lake.store.rows import findings_frame
from tests.lake.world import ANN, BOB, EMAIL, NOW, UUID, fill, lake, store

OUT = "ann"


def written(folder: Path, person: str) -> dict[str, pl.DataFrame]:
    who = find(store(folder), person)
    rows = write_person(lake(folder), who, folder / OUT, "parquet")
    return {name: pl.read_parquet(folder / OUT / f"{name}.parquet") for name in rows}


def test_a_person_gets_everything_about_them(tmp_path: Path) -> None:
    fill(tmp_path)
    found = written(tmp_path, EMAIL)
    assert set(found) == {"participants", "minutes", "samples", "findings", "sessions"}
    for name in ("participants", "minutes", "samples"):
        assert set(found[name]["participant"]) == {ANN}
    assert found["participants"]["location"].to_list() == ["Lyon (FR)"]
    assert found["minutes"].height == 3
    assert found["sessions"]["host_email"].to_list() == [EMAIL]


def test_findings_are_about_nobody_else(tmp_path: Path) -> None:
    one = fill(tmp_path)
    other = {
        "id": "f3",
        "state": "final",
        "cause": "presenter_network",
        "scope": {"participant": ANN},
        "participants": [ANN, BOB],
        "sentence": "Ann Example's sound reaches Zoom damaged.",
    }
    alone = {"id": "f4", "state": "final", "participants": [ANN], "scope": {}}
    one.append({"findings": findings_frame(UUID, [other, alone], now=NOW)}, now=NOW)
    found = written(tmp_path, BOB)
    told = {
        row["id"]: json.loads(row["finding"]) for row in found["findings"].to_dicts()
    }
    assert set(told) == {"f2", "f3"}
    assert all(one["participants"] == [BOB] for one in told.values())
    assert "Ann" not in told["f3"]["sentence"]
    assert found["sessions"]["host_email"].to_list() == [None]
    assert found["sessions"]["topic"].to_list() == ["Launch"]


def test_nobody_gets_nothing(tmp_path: Path) -> None:
    fill(tmp_path)
    with pytest.raises(NothingFoundError):
        written(tmp_path, "somebody@example.com")
    assert not (tmp_path / OUT).exists()
