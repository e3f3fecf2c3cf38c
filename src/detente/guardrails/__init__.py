"""What content may pass, and in which form: detectors, pseudonyms, and one policy over both.

Pure: texts and policies in, findings and texts out. Who waits, sends and writes is the gateway's.
"""
