"""Forgetting and pruning: nothing of it is left, in any byte."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from backrow.collect.intake.upkeep import tidy
from backrow.errors import NothingFoundError, UsageError
from backrow.lake.forget import forget, prune, prune_overdue
from backrow.lake.inbox import Inbox, Letter
from backrow.lake.keep import LakeWriter
from backrow.lake.store.privacy import Privacy
from backrow.lake.store.rows import (
    Occurrence,
    Unread,
    instant,
    participants_frame,
    sessions_frame,
    unreadable_frame,
)
from backrow.qos.identities import known_as
from backrow.qos.people import Person
from backrow.qos.reading import Problem
from tests.lake.world import (
    ANN,
    BOB,
    EMAIL,
    KEY,
    NOW,
    OTHER_UUID,
    START,
    UUID,
    files_below,
    fill,
    hour,
    lake,
    session,
    store,
    writer,
)

LATER = NOW + 3600


def holders(folder: Path, *texts: str) -> list[str]:
    """Return the files below that hold any of `texts`, Parquet pages unpacked too."""
    found = []
    for path in files_below(folder):
        body = path.read_bytes()
        if path.suffix == ".parquet":
            body += repr(pl.read_parquet(path).to_dicts()).encode()
        if any(text.lower().encode() in body.lower() for text in texts):
            found.append(path.name)
    return found


def note_unreadable(folder: Path) -> None:
    """Keep values of Ann's, and one of nobody's that tells of her."""
    values = [
        Unread(
            about=Occurrence(session_uuid=UUID),
            participant=who,
            origin="qss",
            problem=Problem(path="$.x", value=text, expected="expected a text"),
            collected_at=START,
        )
        for who, text in ((ANN, "Ann Example"), ("", f"other: {EMAIL}"))
    ]
    frame = unreadable_frame(values, now=NOW)
    writer(folder).append({"unreadable": frame}, now=NOW)


class Watching(Inbox):
    """Looks at the lake in the middle of forgetting."""

    def __init__(self, folder: Path, look: Callable[[], int]) -> None:
        super().__init__(folder)
        self.look = look
        self.seen = -1

    def forget(self, speaks_of: Callable[[bytes], bool]) -> int:
        self.seen = self.look()
        return super().forget(speaks_of)


def test_every_byte_of_a_person_goes(tmp_path: Path) -> None:
    fill(tmp_path)
    note_unreadable(tmp_path)
    inbox = Inbox(tmp_path / "state")
    event = b'{"payload":{"email":"Ann.Example@example.com"}}'
    inbox.put([Letter(body=event), Letter(body=b'{"about":"bob"}')], now=NOW)
    inbox.bury(Letter(body=b"no JSON of " + EMAIL.encode()), "why", now=NOW)
    assert len(holders(tmp_path, EMAIL)) > 2
    erased = forget(store(tmp_path), EMAIL.upper(), now=LATER, inbox=inbox)
    assert holders(tmp_path, EMAIL, "Ann Example") == []
    assert erased.rows["samples"] == erased.rows["minutes"] == 3
    unreadable = lake(tmp_path).scan("unreadable").collect()
    assert unreadable["text"].to_list() == ["other: "]
    assert (erased.rows["inbox"], inbox.counts().waiting) == (2, 1)
    inbox.close()


def test_everybody_else_stays(tmp_path: Path) -> None:
    fill(tmp_path)
    forget(store(tmp_path), EMAIL, now=LATER)
    one = lake(tmp_path)
    assert one.participants(UUID)["participant"].to_list() == [BOB]
    assert one.minutes(UUID)["participant"].unique().to_list() == [BOB]
    assert one.sessions()["topic"].to_list() == ["Launch"]
    assert one.sessions()["state"].to_list() == ["complete"]


def test_findings_keep_the_others_and_lose_what_is_about_nobody(tmp_path: Path) -> None:
    fill(tmp_path)
    forget(store(tmp_path), EMAIL, now=LATER)
    (kept,) = lake(tmp_path).findings(UUID).to_dicts()
    assert kept["id"] == "f2"
    assert BOB in kept["finding"]
    assert ANN not in kept["finding"]
    assert '" and one more hear gaps."' in kept["finding"]


def test_deletions_tell_exports(tmp_path: Path) -> None:
    fill(tmp_path)
    forget(store(tmp_path), EMAIL, now=LATER)
    noted = lake(tmp_path).scan("deletions").filter(pl.col("participant") == ANN)
    assert set(noted.collect()["table"]) >= {"samples", "minutes", "participants"}
    assert noted.collect()["changed_at"].unique().to_list() == [instant(LATER)]


def test_file_of_a_killed_writer_goes_too(tmp_path: Path) -> None:
    fill(tmp_path)
    left = tmp_path / "lake" / "participants" / "part-00000-left.parquet"
    left.write_bytes(EMAIL.encode())
    forget(store(tmp_path), EMAIL, now=LATER)
    assert not left.exists()


def test_unknown_person_is_said_and_leftovers_still_go(tmp_path: Path) -> None:
    one = fill(tmp_path)
    one.commits.delete("participants", f"participant = '{ANN}'")
    with pytest.raises(NothingFoundError, match="nobody is called 'nobody@"):
        forget(store(tmp_path), "nobody@example.com", now=LATER)
    assert holders(tmp_path / "lake" / "participants", EMAIL) == []


def people(folder: Path, *stays: tuple[str, Person]) -> None:
    told = [
        (Occurrence(session_uuid=uuid, session_number="1"), person)
        for uuid, person in stays
    ]
    one = fill(folder)
    frame = participants_frame(told, key=KEY, now=NOW)
    one.append({"participants": frame}, now=NOW)


def test_same_person_is_found_in_other_sessions(tmp_path: Path) -> None:
    known = Person(user_id="5", email="cy@example.com", participant_user_id="zoom-9")
    people(
        tmp_path,
        ("one", known),
        ("two", Person(user_id="6", email="", participant_user_id="zoom-9")),
    )
    erased = forget(store(tmp_path), "cy@example.com", now=LATER)
    assert [stay.session_uuid for stay in erased.stays] == ["one", "two"]


def test_name_of_several_people_is_refused(tmp_path: Path) -> None:
    people(
        tmp_path,
        ("one", Person(user_id="5", user_name="Cy", email="cy@example.com")),
        ("two", Person(user_id="6", user_name="Cy", email="cy@example.org")),
    )
    with pytest.raises(UsageError, match="2 different people"):
        forget(store(tmp_path), "cy", now=LATER)
    assert len(forget(store(tmp_path), "cy", now=LATER, session="one").stays) == 1
    assert len(forget(store(tmp_path), "cy", now=LATER, everyone=True).stays) == 1


def test_user_id_means_nobody_over_sessions(tmp_path: Path) -> None:
    people(tmp_path, ("one", Person(user_id=ANN)), ("two", Person(user_id=ANN)))
    with pytest.raises(UsageError, match="3 different people"):
        forget(store(tmp_path), ANN, now=LATER)
    assert len(forget(store(tmp_path), ANN, now=LATER, session="two").stays) == 1


def test_event_that_names_only_ids_is_found(tmp_path: Path) -> None:
    fill(tmp_path)
    inbox = Inbox(tmp_path / "state")
    bodies = [
        f'{{"object":{{"uuid":"{UUID}","participant":{{"user_id":"{one}"}}}}}}'
        for one in (ANN, BOB)
    ]
    inbox.put([Letter(body=body.encode()) for body in bodies], now=NOW)
    erased = forget(store(tmp_path), EMAIL, now=LATER, inbox=inbox)
    inbox.close()
    assert erased.rows["inbox"] == 1


def test_address_goes_from_texts_of_others(tmp_path: Path) -> None:
    people(tmp_path, ("one", Person(user_id="5", customer_key=f"for {EMAIL}!")))
    forget(store(tmp_path), EMAIL, now=LATER)
    raw = lake(tmp_path).scan("participants").collect()
    assert "for !" in raw["customer_key"].to_list()


def test_old_sessions_are_pruned(tmp_path: Path) -> None:
    one = fill(tmp_path)
    recent = START + timedelta(days=80)
    new = hour(BOB, uuid=OTHER_UUID).with_columns(
        pl.col("minute", "sampled_at") + timedelta(days=80)
    )
    told = sessions_frame([(session(OTHER_UUID, start_at=recent), "live")], now=NOW)
    one.append({"samples": new, "sessions": told}, now=NOW)
    erased = prune(store(tmp_path), before=NOW + 86_400, now=LATER)
    assert erased.sessions == [UUID]
    assert lake(tmp_path).sessions()["session_uuid"].to_list() == [OTHER_UUID]
    assert lake(tmp_path).samples(OTHER_UUID).height == 3
    assert holders(tmp_path, EMAIL) == []


def test_nothing_old_is_nothing_pruned(tmp_path: Path) -> None:
    fill(tmp_path)
    erased = prune(store(tmp_path), before=NOW - 86_400, now=LATER)
    assert (erased.sessions, sum(erased.rows.values())) == ([], 0)


def test_forgetting_needs_a_lake(tmp_path: Path) -> None:
    with pytest.raises(NothingFoundError, match="nothing is kept yet"):
        forget(store(tmp_path), EMAIL, now=NOW)


def test_inbox_is_searched_where_there_is_no_lake_yet(tmp_path: Path) -> None:
    body = f'{{"event": "x", "email": "{EMAIL}"}}'.encode()
    inbox = Inbox(tmp_path / "state")
    inbox.put([Letter(body=body)], now=NOW)
    nowhere = store(tmp_path / "lake")
    erased = forget(nowhere, EMAIL, now=NOW, inbox=inbox)
    assert erased.rows == {"inbox": 1}
    assert holders(tmp_path, EMAIL) == []
    with pytest.raises(NothingFoundError, match="nobody is called"):
        forget(nowhere, EMAIL, now=NOW, inbox=inbox)
    inbox.bury(Letter(body=b"{}"), "no event", now=NOW)
    assert prune(nowhere, before=LATER, now=LATER, inbox=inbox).rows == {"inbox": 1}
    inbox.close()


def test_who_is_kept_by_pseudonym_is_found_by_it(tmp_path: Path) -> None:
    privacy = Privacy(identities="pseudonyms", key=KEY)
    one = LakeWriter(store(tmp_path), privacy=privacy)
    ann = Person(user_id=ANN, user_name="Ann Example", email=EMAIL)
    frame = participants_frame([(Occurrence(session_uuid=UUID), ann)], key=KEY, now=NOW)
    host = sessions_frame([(session(host="A. E.", host_email=EMAIL), "live")], now=NOW)
    rows = {"participants": frame, "samples": hour(ANN, BOB), "sessions": host}
    one.append(rows, now=NOW)
    assert lake(tmp_path).sessions()["host"][0].startswith("Person ")
    with pytest.raises(NothingFoundError):
        forget(store(tmp_path), EMAIL, now=LATER)
    erased = forget(store(tmp_path), EMAIL, now=LATER, also=known_as(EMAIL, key=KEY))
    assert [stay.participant for stay in erased.stays] == [ANN]
    assert holders(tmp_path, "Person ") == []
    assert set(lake(tmp_path).samples(UUID)["participant"]) == {BOB}


def test_what_is_overdue_is_erased_and_the_rest_is_left(tmp_path: Path) -> None:
    one, inbox = fill(tmp_path), Inbox(tmp_path)
    inbox.bury(Letter(body=b"{"), "no JSON", now=NOW)
    old, day_s = START.timestamp(), 86_400
    tidy(one, inbox, keep_days=None, now=old + 900 * day_s)
    tidy(one, inbox, keep_days=90, now=old + 89 * day_s)
    assert lake(tmp_path).sessions().height == inbox.counts().dead == 1
    tidy(one, inbox, keep_days=90, now=old + 91 * day_s)
    assert lake(tmp_path).sessions().is_empty()
    assert inbox.counts().dead == 0
    assert holders(tmp_path / "lake", EMAIL) == []
    inbox.close()


def test_letters_are_kept_no_longer_where_there_is_no_lake(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    inbox.bury(Letter(body=b"{"), "no JSON", now=NOW)
    erased = prune_overdue(store(tmp_path), days=1, now=NOW + 2 * 86_400, inbox=inbox)
    assert erased.rows == {"inbox": 1}
    inbox.close()


def test_who_reads_meanwhile_is_told_to_read_again(tmp_path: Path) -> None:
    fill(tmp_path)
    kept = store(tmp_path)
    inbox = Watching(tmp_path / "state", look=lambda: kept.version_now("deletions"))
    forget(kept, EMAIL, now=LATER, inbox=inbox)
    assert inbox.seen < kept.version_now("deletions")
