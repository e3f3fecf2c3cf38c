"""`detente demo`'s parts: a story told by real clients against a real gateway.

`story` says what is asked and when, `stage` runs simulated providers and the gateway, `ask`
puts the questions through the official clients, `told` reads what came of it from response
headers and ledger, `show` prints that, and `local_model` runs a real model where one is wanted.
Decides nothing: what is shown is what the gateway answered.
"""
