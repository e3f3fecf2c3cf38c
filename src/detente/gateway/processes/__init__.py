"""The processes: a supervisor, its workers (one loop, one thread each), and the control process."""
