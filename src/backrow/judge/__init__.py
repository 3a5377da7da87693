"""Where lake and diagnosis meet: a session's frames in, its judgement out and kept."""
