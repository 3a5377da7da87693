"""The error tree."""

import inspect
import pickle

from backrow import errors
from backrow.errors import BackrowError, MissingExtraError, WireError, ZoomError


def test_the_drawing_at_the_head_names_every_class() -> None:
    classes = [
        name
        for name, one in inspect.getmembers(errors, inspect.isclass)
        if issubclass(one, BackrowError)
    ]
    assert all(name in (errors.__doc__ or "") for name in classes)


def test_a_wire_error_says_what_and_where_and_survives_pickling() -> None:
    error = WireError("expected a number", path="$.a", value="x")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert str(error) == str(again) == "expected a number - at `$.a`"
    assert (again.path, again.value) == ("$.a", "x")


def test_a_missing_extra_says_what_to_type() -> None:
    said = str(MissingExtraError("uvicorn", extra="app"))
    assert "pip install 'backrow[app]'" in said
    assert "in a clone: pip install '.[app]'" in said


def test_one_answers_own_advice_wins() -> None:
    assert ZoomError("no", advice="Do this.").advice == "Do this."
    assert ZoomError("no").advice == ZoomError.advice
