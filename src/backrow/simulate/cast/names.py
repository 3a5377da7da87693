"""Invented names, some made to break things.

The hostile ones are what people really put into name fields, and what careless
pages, spreadsheets, shells and databases choke on: quotes, HTML, formulas, right
to left text and its overrides, emoji of several code points, zero-width marks,
control characters, and great length. None is empty: that is Zoom's own way to
hide a name.
"""

from __future__ import annotations

from functools import cache
from typing import Final

FIRST: Final = (
    "Aiko", "Amara", "Anaïs", "Ben", "Björn", "Carmen", "Chidi", "Chloé", "Dalia",
    "Diego", "Elif", "Emma", "Farah", "Félix", "Grace", "Hana", "Hugo", "Ines",
    "Ivan", "Jana", "Jonas", "Kofi", "Lea", "Liam", "Lucía", "Mads", "Mei", "Mia",
    "Nadia", "Noah", "Olga", "Omar", "Paula", "Priya", "Quinn", "Rafael", "Rosa",
    "Sam", "Sofia", "Søren", "Tariq", "Tomás", "Uma", "Viktor", "Wanda", "Wei",
    "Xenia", "Yusuf", "Zoë", "Zuzana",
)  # fmt: skip
LAST: Final = (
    "Abara", "Albrecht", "Almeida", "Andersen", "Baker", "Banerjee", "Bernard",
    "Castillo", "Chen", "Costa", "D'Angelo", "Dubois", "Eriksen", "Fischer", "Flores",
    "García", "Gupta", "Haddad", "Hansen", "Hughes", "Ibrahim", "Jansen", "Jones",
    "Kaya", "Kim", "Kowalski", "Laurent", "Lindqvist", "López", "Martin", "Mensah",
    "Moreau", "Müller", "Nakamura", "Novák", "O'Brien", "Okafor", "Olsen", "Pereira",
    "Petrov", "Rossi", "Sato", "Schmidt", "Silva", "Singh", "Tanaka", "van der Berg",
    "Wang", "Wilson", "Yilmaz",
)  # fmt: skip
HOSTILE: Final = (
    'Robert "Bob" O\'Neil',
    "<b>Bold</b> <script>alert('name')</script>",
    '"><img src=x onerror=alert(1)>',
    "Anna & Ben < Carl > Dora &amp; Eve",
    '=HYPERLINK("http://example.com/","click")',
    "+1-555-0100",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!D2",
    "Robert'); DROP TABLE participants;--",
    "\u05d3\u05e0\u05d4 \u05dc\u05d5\u05d9",
    "\u0633\u0627\u0631\u0629 (\u0636\u064a\u0641\u0629)",
    "user\u202etxt.exe",
    "\u4e2d\u6751\u3000\u611b",
    "Zoe\u0308 vs Zo\u00eb",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 Family iPad",
    "\U0001f3f3\ufe0f\u200d\U0001f308 Pat \U0001f44d\U0001f3fd",
    "zero\u200bwidth\u200djoin\ufeff",
    "tab\there, line\nbreak",
    "bell\x07 and escape\x1b[31m red",
    "comma, semicolon; pipe| back\\slash %s {0} ${HOME}",
    "null",
    "NaN",
    "../../etc/passwd",
    "Z\u0351\u036b\u0343a\u0301\u0300\u0302l\u0321\u0322g\u0327\u0328o\u0489",
    "   spaces around   ",
    "W" * 64,
    "\u5bff\u9650\u7121" * 20,
)
"""Names made to break things."""
GUESTS: Final = (
    "iPhone",
    "iPad (2)",
    "Guest",
    "Conference Room",
    "Zoom user",
    "Galaxy",
)
"""What people leave in the field when they do not give their name."""


def full_name(first: int, last: int) -> str:
    """Return the name with these numbers, any numbers."""
    return f"{FIRST[first % len(FIRST)]} {LAST[last % len(LAST)]}"


_PLAIN: Final = str.maketrans("áéíóúãõâêôçñüöäøåëïè", "aeiouaoaeocnuoaoaeie")


@cache
def mail_name(name: str) -> str:
    """Return a name as it stands before the @ of a mail address."""
    plain = name.lower().translate(_PLAIN).replace(" ", ".")
    return "".join(c for c in plain if c.isascii() and (c.isalnum() or c == "."))
