"""The checks, which run apart from the student's process.

protocol      plain data over a socket
student_side  answers in the student's process
grader_side   the process in which the checks of one notebook run
server        the process that it is forked from
replay        the notebook run again, with functions of a check's in place of the student's
quiet         isolated calls of a function that a student wrote
rules         what a check cell may do
"""
