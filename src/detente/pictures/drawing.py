"""A specification as SVG, PNG or JavaScript, by vl-convert: no browser, no network.

The library is an optional extra, imported when a picture is asked for.

>>> svg({"mark": "bar", ...}, "who could carry which model when")
'<svg ...'
"""

from types import ModuleType
from typing import Final
from xml.etree import ElementTree

from detente.canonical.failure import ClientFault
from detente.pictures.marks import Spec

SVG: Final = "http://www.w3.org/2000/svg"
SCALE: Final = 2.0
"""Pixels of a PNG to one of the picture: sharp on today's screens."""


def svg(spec: Spec, title: str) -> str:
    """The picture as one SVG text; raises `ClientFault` where the extra is missing.

    What a mark says is its `<title>`, which a browser shows on hovering.
    """
    return titled(_library().vegalite_to_svg(spec, show_warnings=False), title)


def png(drawn: str) -> bytes:
    """A picture that `svg` drew, as PNG; raises `ClientFault` where the extra is missing."""
    return bytes(_library().svg_to_png(drawn, scale=SCALE))


def script() -> str:
    """Vega, Vega-Lite and Vega-Embed in one script that loads nothing."""
    return str(_library().javascript_bundle())


def titled(text: str, title: str) -> str:
    """An SVG whose marks and whole have titles."""
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = ElementTree.fromstring(text)  # noqa: S314 - what the library has just made
    for text_ in root.iter(f"{{{SVG}}}text"):
        text_.set("pointer-events", "none")  # what is written on a bar does not hide its title
    for element in list(root.iter()):
        said = element.get("aria-label")
        if said and element.get("role") == "graphics-symbol":
            element.insert(0, _title(said))
    root.insert(0, _title(title))
    root.set("role", "img")
    root.set("aria-label", title)
    return ElementTree.tostring(root, encoding="unicode")


def _title(text: str) -> ElementTree.Element:
    element = ElementTree.Element(f"{{{SVG}}}title")
    element.text = text
    return element


def _library() -> ModuleType:
    try:
        import vl_convert  # noqa: PLC0415 - an optional extra, slow to load
    except ImportError:
        message = (
            "pictures need the extra `pictures`; install `detente[pictures]`, or leave "
            "`--svg`, `--html` and `--png` out for the chart in the terminal"
        )
        raise ClientFault("request_invalid", message) from None
    return vl_convert
