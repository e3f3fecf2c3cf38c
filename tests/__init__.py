"""The tests of Detente; a package, so that they can share what starts a gateway."""
