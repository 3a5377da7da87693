"""Where the sessions that pages show come from: this process, the lake, or both."""
