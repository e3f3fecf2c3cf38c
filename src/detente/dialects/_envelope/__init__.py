"""What a platform wraps another publisher's dialect in: bodies, streams and errors, both ways."""
