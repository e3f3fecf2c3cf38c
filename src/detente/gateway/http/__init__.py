"""HTTP/1.1 as both sides of the gateway hold it: messages, writes of one turn, deadlines."""
