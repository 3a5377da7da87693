"""How quality is computed: the E-model, Opus' factors, and the picture curves."""
