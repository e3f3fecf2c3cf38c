"""What a user writes: the schema of `detente.toml`, and reading it with located errors.

`schema` says what there is; `located` reads any TOML file into a schema and tells file, line
and the nearest known key where it does not fit (the agreements' files are read the same way),
with `positions` for the lines, `shape` and `words` for the sentences; `world` turns tables into
values and checks what crosses tables. Imports only `canonical`.
"""
