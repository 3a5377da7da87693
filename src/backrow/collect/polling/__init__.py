"""From Zoom's answers to the lake: read, sift out what is new, gather, write."""
