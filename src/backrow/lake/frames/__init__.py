"""A whole session as the frames that diagnosis reads: minutes, people, roster.

`whole` reads them from the lake, final minutes as they are and others out of their
samples; `people` makes groups of what Zoom tells of people; `naming` knows the names
of offices and providers by address.
"""

from backrow.lake.frames.naming import Naming, Providers, read_naming
from backrow.lake.frames.whole import SessionFrames, session_frames

__all__ = ["Naming", "Providers", "SessionFrames", "read_naming", "session_frames"]
