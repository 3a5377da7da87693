"""No request, however odd, makes the emulated API fail or answer no JSON."""

import json
from base64 import b64encode
from urllib.parse import quote, urlencode

from hypothesis import example, given, strategies as st

from backrow.simulate.plain import plain_world
from backrow.simulate.plain.world import EVENTS
from backrow.web.testing import BEGIN
from backrow.web.zoom_api import Answer, Asked, ZoomApi, ZoomOptions
from backrow.zoom.endpoints import ENDPOINTS

WORLD = plain_world(BEGIN)
NOW = BEGIN.timestamp()
KEY = b"the same for every one of them"
TYPES = ["live", "past", "pastOne", "meeting", "participants", "", "?"]
NAMES = ["type", "from", "to", "page_size", "next_page_token", "include_fields"]
NAMES += ["group_id", "query_date_type", "x", ""]
DATES = ["2026-11-23", "2026-11-01", "2026-11-23 10:00:00", "0001-01-01", "9999-12-31"]
IDS = [each for e in EVENTS for each in (e.uuid, e.number, str(e.first_id))]
VALUES = [*TYPES, *DATES, "1", "10", "300", "0", "-1", "1e9", "registrant_id", "z" * 35]

texts = st.text(max_size=20)
raw = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20)
ids = st.sampled_from(IDS).map(lambda each: quote(quote(each, safe=""), safe=""))
segments = ids | texts.map(lambda text: quote(text, safe="")) | raw
words = st.sampled_from(["metrics", "webinars", "meetings", "participants", "qos"])
odd_paths = st.lists(words | segments, max_size=7).map("/".join)
real_paths = st.builds(
    lambda each, session, person: each.path.format(session=session, participant=person),
    st.sampled_from(ENDPOINTS),
    segments,
    segments,
)
paths = real_paths.map(lambda path: path[1:]) | odd_paths
pairs = st.tuples(st.sampled_from(NAMES) | texts, st.sampled_from(VALUES) | texts)
queries = st.lists(pairs, max_size=6).map(urlencode) | raw


def ask(asked: Asked, options: ZoomOptions | None = None) -> Answer:
    return ZoomApi(WORLD, key=KEY, options=options).answer(asked, now=NOW)


def token() -> str:
    basic = b64encode(b"demo:demo").decode()
    form = "grant_type=account_credentials&account_id=demo"
    headers = {"authorization": f"Basic {basic}"}
    asked = Asked(method="POST", path="/oauth/token", body=form, headers=headers)
    granted: str = json.loads(ask(asked).body)["access_token"]
    return granted


BEARER = f"Bearer {token()}"


@given(path=paths, query=queries)
@example(path="metrics/webinars", query="&".join(f"a{i}=1" for i in range(60)))
@example(path="metrics/webinars/%ff%00%80/participants", query="type=%ff%00")
@example(path="metrics/webinars//participants", query="")
@example(path="metrics/webinars/{x}/participants", query="page_size={y}")
def test_any_path_and_query_gives_json_and_no_server_error(
    path: str, query: str
) -> None:
    headers = {"authorization": BEARER}
    asked = Asked(method="GET", path=f"/v2/{path}", query=query, headers=headers)
    answer = ask(asked)
    body = json.loads(answer.body)
    assert answer.status in {200, 400, 404}
    assert answer.status == 200 or {"code", "message"} <= set(body)


@given(authorization=texts | raw.map(lambda text: f"Bearer {text}"))
def test_any_authorization_is_refused_in_json(authorization: str) -> None:
    headers = {"authorization": authorization}
    path = "/v2/metrics/webinars/94512345678"
    answer = ask(Asked(method="GET", path=path, headers=headers))
    assert (answer.status, json.loads(answer.body)["code"]) == (401, 124)


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "x"]) | texts,
    authorization=texts | raw.map(lambda text: f"Basic {text}"),
    query=queries,
    body=texts | queries,
)
def test_any_token_request_is_answered_in_json(
    method: str, authorization: str, query: str, body: str
) -> None:
    headers = {"authorization": authorization}
    asked = Asked(
        method=method, path="/oauth/token", query=query, body=body, headers=headers
    )
    answer = ask(asked)
    assert answer.status in {400, 405}
    assert isinstance(json.loads(answer.body), dict)
