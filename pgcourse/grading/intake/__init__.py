"""Submissions: read, repaired or set aside before they are run.

apart    what may be hostile is read in a fork, within limits
astray   written answers outside of their cells
inbound  nbgrader's exchange: nothing is collected that a student has not put there
mirror   the folder that nbgrader reads instead of submitted/
names    which notebook a file is, whatever its name has become
read     files that may hold anything
restore  one submission, turned into what nbgrader expects
snapshot the gradebook's rows of a submission, restored if grading fails
repair   `pgcourse repair`: one notebook, made like the one that was handed out
"""
