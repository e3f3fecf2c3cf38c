"""Stores in files of the state folder: for one machine, with nothing to run beside."""
