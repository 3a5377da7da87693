"""The simulator's distributions beside published figures: a page of the docs.

``python -m bench.calibration`` writes ``docs/explanation/calibration.md`` and its
plots. With the path of a folder that holds ``calls.csv`` and
``bandwidth_steps.csv`` of the TMA 2023 measurements (Grote et al., Apache-2.0), it
also checks the figures that the page quotes of them.
"""
