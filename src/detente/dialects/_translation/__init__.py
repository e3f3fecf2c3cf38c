"""The translation lane's own steps, between two codecs: large content lifted out of the way, names
and ids that both sides accept, what the model can do. Knows no dialect."""
