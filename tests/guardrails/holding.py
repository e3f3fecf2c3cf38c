"""What a stream may let go of, in the plainest way there is: a reference for detectors' look-back.

Text waits for `look_back` characters that follow it, with findings that reach into those; as many
characters that have gone stay known. What is found is left out.
"""

from detente.guardrails.detector import Detector


def let_go(detector: Detector, pieces: list[str]) -> str:
    """What of a text that comes in pieces gets out."""
    known, gone, out = "", 0, ""
    for number, piece in enumerate(pieces):
        known += piece
        last = number == len(pieces) - 1
        until = len(known) if last else max(gone, len(known) - detector.look_back)
        findings = list(detector.find(known))
        for one in findings:
            if not last and one.start < until < one.end:
                until = max(gone, one.start)
        for at in range(gone, until):
            if not any(one.start <= at < one.end for one in findings):
                out += known[at]
        gone = until
        cut = max(0, gone - detector.look_back)
        known, gone = known[cut:], gone - cut
    return out
