"""What a submission may use as a whole: one control group for all of it, and limits that hold where there is none."""

import asyncio
import os
import subprocess
import sys

import psutil
import pytest

from pgcourse.grading.sandbox import cgroups, watchdog
from tests.grading.test_sandbox import KINDS, Kernel, stopped
from tests.support.waiting import PATIENCE, completed, until

pytestmark = pytest.mark.sandbox

# --- control groups: here they are of the first version, and the second is played by files ---

FILLED_SOCKETS = """
import socket
pairs = [socket.socketpair() for _ in range(400)]
for one in [end for pair in pairs for end in pair]:
    one.setblocking(False)
    try:
        while True:
            one.send(bytes(60_000))
    except OSError:
        pass
"""
HOLDING = """
import os, time
for i in range(3):
    if os.fork() == 0:
        held = b"1" * 300_000_000
        time.sleep(600)
time.sleep(600)
"""
GROUPS = pytest.mark.skipif(bool(cgroups.unavailable_reason()), reason="no control group can be made here")


@pytest.fixture
def group():
    made = cgroups.new()
    yield made
    assert until(lambda: not made.processes())
    made.remove()
    assert not made.folders["memory"].exists()


def inside(group, code):
    """Run Python in a group; return its exit code and what it printed."""
    command, variables = group.entered_by([sys.executable, "-c", code])
    done = subprocess.run(command, env=os.environ | variables, capture_output=True, text=True)
    return done.returncode, done.stdout


@GROUPS
def test_a_group_ends_what_holds_too_much_and_knows_that_it_was_the_limit(group):
    group.limit(100 << 20, 50)
    assert inside(group, "print(len(b'1' * (40 << 20)))") == (0, f"{40 << 20}\n")
    assert inside(group, "import os; os.kill(os.getpid(), 9)")[0] == -9
    assert not group.exhausted()
    assert inside(group, "print(len(b'1' * (200 << 20)))") == (-9, "")
    assert group.exhausted()
    group.limit(100 << 20, 50)
    assert not group.exhausted()


@GROUPS
def test_a_group_counts_files_in_memory_and_the_buffers_of_sockets(group):
    group.limit(80 << 20, 50)
    assert inside(group, FILLED_SOCKETS) == (-9, "")
    assert group.exhausted()


@GROUPS
def test_a_group_limits_processes(group):
    group.limit(200 << 20, 10)
    code, printed = inside(
        group,
        "import threading, time\n"
        "for n in range(30): threading.Thread(target=time.sleep, args=(600,), daemon=True).start(); print(n)",
    )
    assert code == 1
    assert len(printed.split()) < 10


@GROUPS
@KINDS
def test_a_kernel_is_ended_by_its_groups_limit_and_that_is_no_end_from_outside(tmp_path, warm, monkeypatch):
    monkeypatch.setattr(watchdog, "memory_held", lambda pid: 0)  # so that it is the group

    async def work():
        async with Kernel(tmp_path, warm, total_memory=600) as kernel:
            kernel.client.execute(HOLDING)
            assert await asyncio.to_thread(kernel.processes.ended, PATIENCE), "goes on"
            return kernel.provisioner.killed_from_outside(), kernel.provisioner.ended

    assert completed(work()) == (
        False,
        "The notebook's processes held more than 600 megabytes of memory and were stopped.",
    )


def test_the_second_version_of_groups_gets_the_same_limits(tmp_path):
    folder = tmp_path / "scope"
    folder.mkdir()
    for name, text in {"controllers": "cpu memory pids", "subtree_control": "", "procs": "41 42\n"}.items():
        (folder / f"cgroup.{name}").write_text(text)
    process = tmp_path / "self"
    process.mkdir()
    (process / "cgroup").write_text("0::/user.slice/scope\n")
    (process / "mountinfo").write_text(f"30 23 0:26 / {tmp_path} rw - cgroup2 cgroup2 rw\n")
    (tmp_path / "user.slice").mkdir()
    (tmp_path / "user.slice" / "scope").symlink_to(folder)
    folders, version = cgroups._parents(process)
    assert version == 2
    cgroups._divide(folders["memory"])
    assert (folder / "cgroup.subtree_control").read_text() == "+memory +pids +cpu"
    assert (folder / cgroups.LEAF / "cgroup.procs").read_text() == "42"  # one after the other
    made = cgroups.Group(folders, version)
    events = made.folders["memory"] / "memory.events"
    events.write_text("low 0\nmax 3\noom 0\noom_kill 1\n")
    made.limit(5000, 7)
    limits = {path.name: path.read_text() for path in made.folders["memory"].iterdir() if path != events}
    assert limits == {"memory.max": "5000", "memory.swap.max": "0", "memory.oom.group": "1", "pids.max": "7"}
    events.write_text("low 0\nmax 3\noom 0\noom_kill 2\n")
    assert not made.exhausted()  # Linux had too little memory, not the group
    events.write_text("low 0\nmax 4\noom 1\noom_kill 3\n")
    assert made.exhausted()


def test_a_process_in_a_part_of_the_tree_and_one_without_controllers(tmp_path):
    (tmp_path / "cgroup").write_text("4:memory:/docker/a/b\n3:cpu,cpuacct:/docker/a\n2:pids:/docker/a\n")
    lines = [f"1 1 0:1 /docker/a /cg/{o} rw - cgroup cgroup rw,{o}" for o in ("memory", "cpu,cpuacct", "pids")]
    (tmp_path / "mountinfo").write_text("\n".join(lines))
    folders, version = cgroups._parents(tmp_path)
    assert version == 1
    assert {name: os.path.normpath(path) for name, path in folders.items()} == {
        "memory": "/cg/memory/b",
        "cpu": "/cg/cpu,cpuacct",
        "pids": "/cg/pids",
    }
    (tmp_path / "mountinfo").write_text(lines[0])
    with pytest.raises(cgroups.Unavailable, match="does not let its groups limit"):
        cgroups._parents(tmp_path)


# --- what no group counts, or where there is none ---


@KINDS
def test_sockets_are_limited(tmp_path, warm, monkeypatch):
    monkeypatch.setattr(watchdog, "SOCKETS_AT_MOST", 130)
    code = "import socket, time\nkept = [socket.socketpair() for _ in range(60)]\ntime.sleep(600)"
    assert "more than 130 sockets" in stopped(tmp_path, warm, code)


@KINDS
def test_a_message_of_many_parts_does_not_fill_the_graders_memory(tmp_path, warm, monkeypatch):
    monkeypatch.setattr(watchdog, "RECEIVED", 60 << 20)
    sent = "get_ipython().kernel.iopub_thread.socket.send_multipart([bytes(5_000_000)] * 40, copy=False)"
    code = f"{sent}\nimport time; time.sleep(600)"
    assert "sent more than can be read" in stopped(tmp_path, warm, code)


def test_free_memory_is_the_least_of_the_machines_and_of_the_groups(tmp_path, monkeypatch):
    assert 0 < cgroups.free_memory() <= psutil.virtual_memory().total
    for version, names in {1: ("limit_in_bytes", "usage_in_bytes"), 2: ("max", "current")}.items():
        for name, text in zip(names, ("5000", "2000"), strict=True):
            (tmp_path / f"memory.{name}").write_text(text)
        monkeypatch.setattr(cgroups, "_parents", lambda process, v=version: ({"memory": tmp_path}, v))
        assert cgroups.free_memory() == 3000
    (tmp_path / "memory.max").write_text("max")
    assert cgroups.free_memory() > 1 << 20
