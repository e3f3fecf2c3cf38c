"""The values that every part shares; imports nothing of ours.

Frozen structs without behaviour beyond arithmetic on themselves. Every part may read
them, none may extend them on the fly: a new field is a change here, in the open.
Times are timezone-aware UTC `datetime`s; durations carry their unit in the name; money is
`decimal.Decimal` in the currency that the name says.
"""
