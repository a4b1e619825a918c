"""Many submissions, several at a time, resumable.

command  `pgcourse grade`
worker   a process that grades one submission after another
execute  the preprocessor that runs a notebook: kernel and checks together
contract a source notebook graded on trial: the solution must gain everything, the release nothing
cluster  the same on several machines
report   the table at the end of a batch
lock     one batch at a time in a course's folder, and its temporary files
versions warns of what a new version of an assignment changes, and keeps the old one where no new one is made
source   the instructor's part of a notebook
"""
