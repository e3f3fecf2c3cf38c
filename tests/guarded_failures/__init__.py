"""Policies on content while things fail: nothing raw leaves to where it may not."""
