"""The parts of `check`: what to ask (`domain`), what to find (`crossings`, `gaps`), what to report.

One code is one function that yields findings; `check` lists them all.
"""
