"""`backrow postman`, `access-token` and `completion`: for other tools and for shells.

The Postman 2.1 collection is made from ENDPOINTS. Its first request gets a token
and keeps it in a collection variable; every other request checks the status and the
body's shape. No secret is written: credentials are variables that the user fills
in, or gives to newman by ``--env-var`` or ``--global-var``. Postman lets an environment's value win over a collection's but a
collection's over a global one, so a script sets ours in this order: environment,
global, collection.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final, Literal

from backrow import __version__
from backrow.cli.context import FileOrStdout, Flags, Given, is_stdout, open_zoom
from backrow.cli.write import plain, write_bytes
from backrow.settings import SETTING
from backrow.zoom.endpoints import DEFAULT_TYPE, ENDPOINTS, Endpoint

SCHEMA: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
_ID: Final = uuid.uuid5(uuid.NAMESPACE_URL, "backrow:postman")

VARIABLES: Final[dict[str, tuple[str, str]]] = {
    "baseUrl": (SETTING["api_url"].default, "Where Zoom's API is."),
    "oauthUrl": (SETTING["oauth_url"].default, "Where tokens come from."),
    "accountId": ("", "Account id of the server-to-server OAuth app."),
    "clientId": ("", "Client id of the app."),
    "clientSecret": ("", "Client secret of the app. Keep it out of shared files."),
    "accessToken": ("", "Filled by the first request."),
    "webinarId": ("", "Number or UUID; the first of the list if empty."),
    "participantId": ("", "user_id; the first of the list if empty."),
    "endedWebinarId": ("", "An ended webinar; the first of the list if empty."),
    "meetingId": ("", "Number or UUID; the first of the list if empty."),
    "meetingParticipantId": ("", "user_id; the first of the list if empty."),
    "endedMeetingId": ("", "An ended meeting; the first of the list if empty."),
    "type": (DEFAULT_TYPE, "live or past, for the calls that take both."),
    "from": ("", "First day of the lists, as in 2026-11-01; 29 days ago if empty."),
    "to": ("", "Last day of the lists; today if empty."),
}
"""Collection variables: value to begin with, and what it is."""

_SESSION: Final = {"webinar": "webinarId", "meeting": "meetingId"}
_ENDED: Final = {"webinar": "endedWebinarId", "meeting": "endedMeetingId"}
_PARTICIPANT: Final = {"webinar": "participantId", "meeting": "meetingParticipantId"}
_NEEDS_ENDED: Final = {"qos_summary", "satisfaction"}
"""Calls that Zoom answers only after the end."""

_BEFORE_ALL: Final = f"""\
// What is given by environment or --env-var wins, then globals or --global-var.
const names = {json.dumps(list(VARIABLES))};
names.forEach((name) => {{
    const given = pm.environment.get(name) || pm.globals.get(name);
    if (given) pm.variables.set(name, given);
}});
const day = (back) => new Date(Date.now() - back * 864e5).toISOString().slice(0, 10);
if (!pm.variables.get("from")) pm.variables.set("from", day(29));
if (!pm.variables.get("to")) pm.variables.set("to", day(0));
// A UUID that begins with / or contains // is encoded twice, any other id once.
const encoded = (id) => {{
    const once = encodeURIComponent(id);
    return id.startsWith("/") || id.includes("//") ? encodeURIComponent(once) : once;
}};
{json.dumps([*_SESSION.values(), *_ENDED.values(), *_PARTICIPANT.values()])}
    .forEach((name) => {{
        pm.variables.set(name + "Segment", encoded(pm.variables.get(name) || ""));
    }});
"""

_TEST_OF_FIRST: Final = """\
pm.test("a token came", () => {
    pm.response.to.have.status(200);
    const body = pm.response.json();
    pm.expect(body.access_token).to.be.a("string").that.is.not.empty;
    pm.collectionVariables.set("accessToken", body.access_token);
});
"""


def collection() -> dict[str, Any]:
    """Return the collection as Postman's format 2.1 has it."""
    folders = [
        {
            "name": f"{kind.capitalize()}s",
            "item": [
                one
                for each in ENDPOINTS
                if each.kind == kind
                for one in _requests(each)
            ],
        }
        for kind in ("webinar", "meeting")
    ]
    return {
        "info": {
            "_postman_id": str(_ID),
            "name": "Zoom Dashboard: quality of service",
            "description": _about(),
            "schema": SCHEMA,
        },
        "auth": _bearer(),
        "event": [_script("prerequest", _BEFORE_ALL)],
        "variable": [
            {"key": key, "value": value, "type": "string", "description": text}
            for key, (value, text) in VARIABLES.items()
        ],
        "item": [_token_request(), *folders],
    }


def _about() -> str:
    return (
        f"Made by `backrow postman` {__version__}.\n\n"
        "Fill in accountId, clientId and clientSecret, send *Get an access token*, "
        "then any other request. Lists fill in the first webinar, meeting and "
        "participant where you have not. On the command line:\n\n"
        "    newman run zoom.json --env-var accountId=... --env-var clientId=... "
        "--env-var clientSecret=...\n"
    )


def _bearer() -> dict[str, Any]:
    token = {"key": "token", "value": "{{accessToken}}", "type": "string"}
    return {"type": "bearer", "bearer": [token]}


def _token_request() -> dict[str, Any]:
    def text(key: str, value: str) -> dict[str, str]:
        return {"key": key, "value": value, "type": "string"}

    form = {"grant_type": "account_credentials", "account_id": "{{accountId}}"}
    basic = [text("username", "{{clientId}}"), text("password", "{{clientSecret}}")]
    return {
        "name": "Get an access token",
        "event": [_script("test", _TEST_OF_FIRST)],
        "request": {
            "auth": {"type": "basic", "basic": basic},
            "method": "POST",
            "header": [],
            "body": {
                "mode": "urlencoded",
                "urlencoded": [
                    {"key": key, "value": value, "type": "text"}
                    for key, value in form.items()
                ],
            },
            "url": {"raw": "{{oauthUrl}}", "host": ["{{oauthUrl}}"]},
            "description": "A server-to-server OAuth token, good for an hour. It is "
            "kept in the collection variable accessToken.",
        },
        "response": [],
    }


def _requests(each: Endpoint) -> Iterator[dict[str, Any]]:
    """Yield the requests for a call; of lists there is one for what ended, too."""
    yield _request(each)
    if each.action == "list":
        yield _request(each, ended=True)


def _request(each: Endpoint, *, ended: bool = False) -> dict[str, Any]:
    path = _path(each)
    query = _query(each, ended=ended)
    shown = "&".join(
        f"{one['key']}={one['value']}" for one in query if not one["disabled"]
    )
    raw = "/".join(["{{baseUrl}}", *path])
    return {
        "name": f"{each.title}: those that ended" if ended else each.title,
        "event": [_script("test", _test(each) + _remember(each, ended=ended))],
        "request": {
            "method": "GET",
            "header": [{"key": "Accept", "value": "application/json"}],
            "url": {
                "raw": f"{raw}?{shown}" if shown else raw,
                "host": ["{{baseUrl}}"],
                "path": path,
                "query": query,
            },
            "description": _description(each),
        },
        "response": [],
    }


def _path(each: Endpoint) -> list[str]:
    sessions = _ENDED if each.action in _NEEDS_ENDED else _SESSION
    segments = {
        "{session}": f"{{{{{sessions[each.kind]}Segment}}}}",
        "{participant}": f"{{{{{_PARTICIPANT[each.kind]}Segment}}}}",
    }
    return [segments.get(part, part) for part in each.path.strip("/").split("/")]


def _query(each: Endpoint, *, ended: bool) -> list[dict[str, Any]]:
    """Return every query name that Zoom documents; those not needed are disabled."""
    values = {name: f"{{{{{name}}}}}" for name in each.required}
    if each.types:
        values["type"] = _type(each, ended=ended)
    if each.page_size_max is not None:
        values["page_size"] = str(each.page_size_max)
    return [
        {"key": name, "value": values.get(name, ""), "disabled": name not in values}
        for name in each.query
    ]


def _type(each: Endpoint, *, ended: bool) -> str:
    if DEFAULT_TYPE not in each.types:
        return each.types[0]
    return "past" if ended or each.action in _NEEDS_ENDED else "{{type}}"


def _description(each: Endpoint) -> str:
    scopes = ", ".join([each.granular_scope, *each.classic_scopes])
    lines = [
        f"{each.title}.",
        f"Scope, any one of: {scopes}.",
        f"Rate limit label: {each.label.replace('_', '-').upper()}.",
    ]
    if each.types:
        lines.append(f"type: {', '.join(each.types)}.")
    if each.paged:
        sizes = f"{each.page_size_default}, at most {each.page_size_max}"
        lines.append(f"page_size: {sizes}.")
    return "\n\n".join(lines)


def _test(each: Endpoint) -> str:
    check = (
        f'    pm.expect(body.{each.items}).to.be.an("array");\n' if each.items else ""
    )
    return (
        f'pm.test("{each.name}: 200 and JSON", () => {{\n'
        "    pm.response.to.have.status(200);\n"
        "    pm.response.to.be.json;\n"
        "    const body = pm.response.json();\n"
        '    pm.expect(body).to.be.an("object");\n'
        f"{check}"
        "});\n"
    )


def _remember(each: Endpoint, *, ended: bool) -> str:
    """Return a script that keeps the list's first id where none is given."""
    if each.action == "list":
        name, key = (_ENDED if ended else _SESSION)[each.kind], "uuid"
    elif each.action == "participants":
        name, key = _PARTICIPANT[each.kind], "user_id"
    else:
        return ""
    return (
        "// The first of the list stands in where no id was given.\n"
        f'if (pm.response.code === 200 && !pm.variables.get("{name}")) {{\n'
        f"    const first = (pm.response.json().{each.items} || [])[0];\n"
        f'    if (first) pm.collectionVariables.set("{name}", first.{key});\n'
        "}\n"
    )


def _script(listen: str, source: str) -> dict[str, Any]:
    lines = source.rstrip("\n").split("\n")
    return {"listen": listen, "script": {"type": "text/javascript", "exec": lines}}


def postman(
    *,
    output: FileOrStdout | None = None,
    context: Given,
) -> int:
    """Write a Postman collection of every call that Backrow knows.

    It runs in Postman and in newman, and holds no secret: fill in the variables
    accountId, clientId and clientSecret, or give them to newman by --env-var.

    **Examples**

    - `backrow postman -o zoom.json`
    - `newman run zoom.json --env-var accountId=… --env-var clientId=… --env-var
      clientSecret=… --env-var webinarId=94512345678`

    Args:
        output: The file to write; standard output if not given, or `-`.
        context: What the command has to work with.
    """
    body = json.dumps(collection(), indent=2, ensure_ascii=False).encode() + b"\n"
    if output is None or is_stdout(output):
        write_bytes(context.stdout, body)
        return 0
    output.write_bytes(body)
    context.say(f"wrote {plain(output)}")
    return 0


def completion(
    shell: Literal["bash", "zsh", "fish", "powershell"], /, *, context: Given
) -> int:
    """Print a script by which a shell completes commands and options.

    Commands whose extra is not installed are left out.

    **Examples**

    - `backrow completion bash > ~/.local/share/bash-completion/completions/backrow`
    - `backrow completion zsh > ~/.zsh/completions/_backrow`, in a folder of `fpath`
    - `backrow completion fish > ~/.config/fish/completions/backrow.fish`

    Args:
        shell: Which shell.
        context: What the command has to work with.
    """
    from backrow.cli import COMMANDS, make_app  # noqa: PLC0415 - they name this module

    known = {name for name, where, *_ in COMMANDS if _is_installed(where)}
    context.stdout.write(make_app(only=known).generate_completion(shell=shell))
    return 0


def _is_installed(where: str) -> bool:
    try:
        import_module(f"backrow.cli.{where.partition(':')[0]}")
    except ImportError:
        return False
    return True


def access_token(*, flags: Flags | None = None, context: Given) -> int:
    """Print an access token on standard output, and nothing else.

    It is good for an hour. Who has it can read what the app may read, so keep it
    out of shared files and command histories.

    **Examples**

    - `export ZOOM_ACCESS_TOKEN=$(backrow access-token)`

    Args:
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    flags = flags or Flags()
    with open_zoom(context, flags.settings(context), verbose=flags.verbose) as zoom:
        context.stdout.write(f"{zoom.access_token()}\n")
    return 0
