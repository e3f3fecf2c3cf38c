"""Each file is a revision, and never edited once it is released."""
