"""The course of time, drawn: as characters, as SVG and PNG, as one page that needs no network.

Draws what `agreements.timeline` found and decides nothing. Geometry is Vega-Lite's: this room
says which facts there are, what colours they have and which of them a reader must not miss.
Files, clocks and the command line are `detente.cli`'s.

>>> svg(specification(found, grounds_of(agreements), LIGHT))
'<svg ...'
"""
