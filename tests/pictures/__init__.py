"""The course of time, drawn: what the picture says, whoever reads it and however."""
