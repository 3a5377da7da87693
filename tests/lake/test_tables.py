"""The table of tables: whole, in step with the domain, and silent about people."""

import pytest

from backrow.lake.tables import TABLES, Table, schema_of
from backrow.qos.people import PERSON_FIELDS
from backrow.qos.sample import METRIC_COLUMNS, NAMES

EVERY = pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)


@EVERY
def test_keys_order_and_ranges_are_columns(table: Table) -> None:
    assert len(set(table.names)) == len(table.names)
    assert {*table.key, *table.order, *table.ranges} <= set(table.names)


@EVERY
def test_no_range_of_a_personal_column_goes_into_the_log(table: Table) -> None:
    personal = {*PERSON_FIELDS, "person", "host", "host_email", "topic", "other"}
    assert set(table.ranges) & personal == set()


@EVERY
def test_every_table_says_when_its_rows_were_written(table: Table) -> None:
    assert table.names[-1] == "changed_at"


@EVERY
def test_every_column_has_a_type_and_a_meaning(table: Table) -> None:
    assert list(schema_of(table)) == list(table.names)
    assert all(column.meaning for column in table.columns)


def test_samples_are_the_domain_s_columns() -> None:
    assert TABLES["samples"].names == (*NAMES, "changed_at")


def test_minutes_hold_every_metric() -> None:
    assert {column.name for column in METRIC_COLUMNS} <= set(TABLES["minutes"].names)


def test_participants_keep_every_field_of_a_person() -> None:
    assert set(PERSON_FIELDS) <= set(TABLES["participants"].names)
