"""The agreements: reading, deciding, checking, asking."""
