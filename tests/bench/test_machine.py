"""What is read of processes."""

import os

from bench import machine


def test_this_process_uses_memory_and_is_in_its_own_tree() -> None:
    pids = machine.tree(os.getpid())
    assert pids[0] == os.getpid()
    assert machine.memory((os.getpid(),)).rss_bytes > 1_000_000


def test_processor_time_only_grows() -> None:
    before = machine.cpu_seconds((os.getpid(),))
    sum(range(1_000_000))
    assert machine.cpu_seconds((os.getpid(),)) >= before


def test_a_process_that_is_gone_has_no_fields() -> None:
    assert machine.stat_fields(2**22 + 1) == []


def test_a_machine_is_described_by_name_and_value() -> None:
    names = [name for name, _ in machine.describe()]
    assert {"processor", "kernel", "python", "nginx"} <= set(names)
