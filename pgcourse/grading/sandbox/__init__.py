"""Where a student's code runs, and what bounds it.

bubblewrap   a program in a sandbox, and whether that works here
mounts       what is seen in it: the system, Python, the students' copy of this package
seccomp      the system calls that it refuses
watchdog     what it uses beyond what the system limits by itself
pool         where a kernel gets its sandbox: its own, or a fork in one that is warm
provisioner  a Jupyter kernel that is started there, watched and killed whole
kernel       runs inside, before the kernel: limits, files
forkserver   runs inside: kernels that have their imports done
"""
