"""Submissions: read, repaired or set aside before they are run.

astray   written answers outside of their cells
mirror   the folder that nbgrader reads instead of submitted/
names    which notebook a file is, whatever its name has become
read     files that may hold anything
restore  one submission, turned into what nbgrader expects
snapshot the gradebook's rows of a submission, restored if grading fails
repair   `pgcourse repair`: one notebook, made like the one that was handed out
"""
