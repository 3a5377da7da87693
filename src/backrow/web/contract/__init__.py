"""The emulated API's description of itself, and its comparison with Zoom's.

`openapi` makes the description from ENDPOINTS and the structs, and the emulator
serves it under ``/openapi.json``. `differences` lists what another description of
the same API says otherwise; ``python -m backrow.web.contract FILE`` prints that.
"""
