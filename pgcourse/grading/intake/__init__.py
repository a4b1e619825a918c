"""What is handed in: read, restored or set aside before it runs.

mirror   the folder that nbgrader reads in place of submitted/
read     files that may hold anything
restore  one submission, brought into the form in which it was handed out
snapshot what the gradebook has of a submission, to be put back when grading fails
repair   `pgcourse repair`: the same for a student's own notebook
"""
