"""Many submissions, several at a time, resumable.

command  `pgcourse grade`
worker   the process that grades one submission after the other
execute  nbgrader's preprocessor that ties kernel and checks together
cluster  the same on several machines
report   what is said while a batch runs and at its end
lock     one batch a course folder, and its temporary files
source   what of a notebook is the instructor's
"""
