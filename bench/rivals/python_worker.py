"""Worker: Python's subprocess."""

import json
import os
import signal
import subprocess
import sys
import time

settings = dict(argument.split("=", 1) for argument in sys.argv[1:])


def number(key, absent=0):
    return int(settings.get(key, absent))


MODE = settings.get("mode", "latency")
COMMAND = [settings["target"]] + ([settings["targetArgument"]] if settings.get("targetArgument") else [])
WANTED = number("targetArgument") if MODE == "pipe" else 0
MAX_NS = number("maxMs", 1000) * 1_000_000
NULL = os.open("/dev/null", os.O_RDWR)
# Python's own descriptors are never inherited, so that there is nothing to close; False is its fastest setting.
OPTIONS = {"stdin": NULL, "stdout": NULL, "stderr": NULL, "close_fds": False}
if "uid" in settings:
    OPTIONS |= {"user": number("uid"), "group": number("uid"), "extra_groups": []}
if MODE == "pipe":
    OPTIONS |= {"stdout": subprocess.PIPE, "bufsize": 0}


def one():
    begin = time.perf_counter_ns()
    child = subprocess.Popen(COMMAND, **OPTIONS)
    call = time.perf_counter_ns()
    size = 0
    if MODE == "pipe":
        size = len(child.stdout.read())
        child.stdout.close()
    code = child.wait()
    seen = time.perf_counter_ns()
    if code != 0 or size != WANTED:
        sys.exit(f"code {code}, {size} bytes")
    return call - begin, seen - begin


def latency():
    end = time.perf_counter_ns() + MAX_NS
    for _ in range(number("warmup")):
        if time.perf_counter_ns() > end:
            break
        one()
    times = []
    end = time.perf_counter_ns() + MAX_NS
    while len(times) < number("iterations", 100) and (not times or time.perf_counter_ns() < end):
        times.append(one())
    return {"call": [time[0] for time in times], "seen": [time[1] for time in times]}


def throughput():
    """One pidfd per child in one epoll set: what its asyncio does, without the cost of asyncio."""
    import select

    poll = select.epoll()
    running = {}
    begin = time.perf_counter_ns()
    wanted, started, ended = number("iterations", 100), 0, 0
    while ended < wanted:
        while started < wanted and len(running) < number("concurrency", 1):
            child = subprocess.Popen(COMMAND, **OPTIONS)
            pidfd = os.pidfd_open(child.pid)
            running[pidfd] = child
            poll.register(pidfd, select.EPOLLIN)
            started += 1
        for pidfd, _ in poll.poll():
            if running.pop(pidfd).wait() != 0:
                sys.exit("the program did not end with code 0")
            poll.unregister(pidfd)
            os.close(pidfd)
            ended += 1
        if time.perf_counter_ns() - begin > MAX_NS:
            wanted = started
    return {"perSecond": ended * 1e9 / (time.perf_counter_ns() - begin)}


HELD = [os.open("/dev/null", os.O_RDONLY) for _ in range(number("fds"))]
HELD += [bytearray(b"\1" * (50 << 20)) for _ in range(number("memoryMb") // 50)]
QUIET = {"stdin": NULL, "stdout": NULL, "stderr": NULL, "close_fds": False}
SLEEPERS = [subprocess.Popen([settings["sleeper"]], **QUIET) for _ in range(number("children"))]
print(json.dumps(throughput() if MODE == "throughput" else latency()))
for sleeper in SLEEPERS:
    sleeper.send_signal(signal.SIGKILL)
for sleeper in SLEEPERS:
    sleeper.wait()
