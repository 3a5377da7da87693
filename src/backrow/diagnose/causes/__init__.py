"""Where trouble starts: groups, the scan over them, the source, single people."""
