"""What readers of safety signals share."""
