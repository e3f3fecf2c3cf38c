"""What a detector says that cannot be made as it was asked for; never what it looks at.

>>> str(missing("google-re2"))
'`google-re2` is not installed; install `detente[guardrails]`'
"""


class DetectorError(Exception):
    """One sentence: why there can be no such detector, and the cure."""


def missing(package: str, extra: str = "guardrails") -> DetectorError:
    """The error of a package that an extra brings."""
    return DetectorError(f"`{package}` is not installed; install `detente[{extra}]`")
