"""The mirror: Zoom's own QoS paths, answered from the lake, with tokens of its own."""
