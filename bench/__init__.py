"""What Detente costs: measured against a plain nginx on the same machine, in one run.

Not a test: nothing here passes or fails a build. Example: `python -m bench --quick`.
"""
