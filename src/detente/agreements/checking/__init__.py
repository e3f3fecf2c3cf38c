"""The parts of `check`: what there is to ask (`survey`), what to find (a file a code), the report.

`check.FINDERS` lists the codes.
"""
