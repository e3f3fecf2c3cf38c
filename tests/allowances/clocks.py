"""A wall clock that a test sets for one gateway; no other clock moves, for nobody can set those.

A few lines of C that are preloaded add so many seconds to the time of day. Debian's `libfaketime`
does more than that: under it, threads that wait with a time limit wait for ever.

>>> with wall_clock(folder) as clock:  # processes that start now read it
...     clock.jump(3600)
"""

import mmap
import os
import shutil
import struct
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

COMPILE_S = 60.0
SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
static volatile long long *ahead;
static int (*real)(clockid_t, struct timespec *);
__attribute__((constructor)) static void begin(void) {
  real = dlsym(RTLD_NEXT, "clock_gettime");
  const char *path = getenv("TEST_WALL_CLOCK");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  void *found = file < 0 ? MAP_FAILED : mmap(0, 8, PROT_READ, MAP_SHARED, file, 0);
  if (found != MAP_FAILED) ahead = found;
}
int clock_gettime(clockid_t clock, struct timespec *now) {
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int status = real(clock, now);
  if (clock == CLOCK_REALTIME && ahead) now->tv_sec += *ahead;
  return status;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec precise;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &precise);
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return 0;
}
time_t time(time_t *into) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (into) *into = now.tv_sec;
  return now.tv_sec;
}
"""


class WallClock:
    """Ahead of the machine's own by so many seconds."""

    def __init__(self, memory: mmap.mmap) -> None:
        self._memory = memory

    def jump(self, seconds: int) -> None:
        """Set it to that much ahead of (or behind) the real time."""
        self._memory[:8] = struct.pack("=q", seconds)


@contextmanager
def wall_clock(folder: Path) -> Generator[WallClock]:
    """Processes that are started inside the block read it, and go on to do so."""
    compiler = shutil.which("gcc")
    if compiler is None:
        sentence = "no C compiler on this machine; install `gcc` and `libc6-dev`"
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    folder.mkdir(parents=True, exist_ok=True)
    source, library, offset = folder / "clock.c", folder / "clock.so", folder / "ahead"
    source.write_text(SOURCE, encoding="ascii")
    offset.write_bytes(bytes(8))
    command = [compiler, "-O1", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"]
    subprocess.run(command, check=True, timeout=COMPILE_S)
    with (
        offset.open("r+b") as file,
        mmap.mmap(file.fileno(), 8) as memory,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("LD_PRELOAD", str(library))
        patch.setenv("TEST_WALL_CLOCK", str(offset))
        yield WallClock(memory)
