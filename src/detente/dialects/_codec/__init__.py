"""What all codecs share: reading JSON with located errors, laying the rest over, naming losses,
joining turns, putting streams in order. Knows no dialect."""
