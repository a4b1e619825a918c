"""The checks, which run apart from the student's process.

protocol      plain data over a socket
student_side  answers in the student's process
grader_side   the process in which the checks of one notebook run
server        the process that it is forked from
quiet         calls of a function that a student wrote, undisturbed by what is left of earlier cells
rules         what a check cell may do; a source notebook is read by it
"""
