"""What is kept: Delta tables that any engine reads, an inbox, and a live window.

`tables` says what there is, `store` how Delta Lake keeps it. `kept` reads, `keep`
writes, `resolve` makes minutes out of samples, `forget` takes away; `inbox` holds
pushed events until they are in the tables, `window` the last minutes of live
sessions in memory. docs/decisions/0005-lake.md has the reasons.
"""
