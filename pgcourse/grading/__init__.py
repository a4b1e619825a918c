"""Grading of handed-in notebooks: nobody's code is trusted, nothing is lost.

sandbox      where a student's kernel runs: bubblewrap, and whether it works here
view         what is seen in it
pool         where a kernel gets one: its own, or a fork in one that is warm
watch        what it uses beyond what the system limits by itself
scratch      temporary folders that go even when their owner was killed
filter       the system calls that a sandbox refuses
provisioner  a Jupyter kernel that is started there, watched and killed whole
launch       what runs inside before the kernel does: limits, files
warm         a fork server inside a sandbox: kernels that have their imports done
wire, agent  how the checks reach a student's functions: plain data over a socket
checker      the process in which the checks run
execute      nbgrader's preprocessor that ties kernel and checker together
intake       what is handed in, mended or set aside before it runs; of it
             trouble (what stops a run), reading (files that may hold anything), restore (one submission)
outputs      what a submission showed, cleaned before it is stored and before it is shown
pages        how the Formgrader and the feedback show it: no script, no request, mathematics without a network
batch        `pgcourse grade`: many submissions, several at a time, resumable
spared       what its processes need not import
cluster      the same on several machines
collect      `pgcourse collect`: archives of a learning platform
"""
