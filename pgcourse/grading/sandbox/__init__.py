"""Where a student's code runs, and what limits it.

bubblewrap   a program in a sandbox, and whether that works here
mounts       what is seen in it: the system, Python, copies of packages
seccomp      the system calls that it refuses
cgroups      one group of processes for all that a submission causes
landlock     a second line of defence against writing
watchdog     limits that the system cannot enforce by itself
pool         where a kernel gets its sandbox: its own (cold), or a fork in one that waits (warm)
provisioner  starts a Jupyter kernel there, and ends all of it
kernel       runs inside: prepares files, sets limits, becomes the kernel
forkserver   runs inside: forks kernels after its imports
"""
