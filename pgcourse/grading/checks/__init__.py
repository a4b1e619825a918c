"""The checks, which run apart from the student's process.

plain         what travels as a copy, and how it is written
arrays        NumPy's part of that
tables        pandas' part of that
protocol      messages over a socket, calls and references
randomness    the global random generators travel with a call
student_side  answers in the student's process
connection    asks in the checker
proxies       what stands in the checker for what stays in the student's process
kinds         `isinstance` and `issubclass` as checks get them
cells         what the text of a cell says
world         what a checker has of the notebook besides the checks
grader_side   the process in which the checks of one notebook run
server        the process that it is forked from
replay        the notebook run again, with a check's functions in place of the student's
texts         only the instructor's text runs as code in the process of the checks
strict        NumPy's comparisons: an answer of nothing agrees with nothing
quiet         isolated calls of a function that a student wrote
identity      checks that ask which object something is, where every answer would do
idioms        what checks of other courses do that cannot be graded, and what to write instead
"""
