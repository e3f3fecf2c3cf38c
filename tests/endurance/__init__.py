"""Crowds, kills, reloads and hang-ups: nothing acknowledged is lost or doubled."""
