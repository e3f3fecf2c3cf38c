"""How secrets look: rules by prefix, by form and by name, and what tells chance from words. Pure.

`detectors.secret` asks them all. Each rule names where its form was read.
"""
