"""Any bytes to any decoder: a value, or the fault that the decoder promises; nothing else.

`targets` are the laws, one function of bytes each. `make test` holds them with Hypothesis, `make
fuzz` with a fuzzer that sees which code it reaches (`python -m tests.fuzz`).
"""
