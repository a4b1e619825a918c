"""Grading of handed-in notebooks: nobody's code is trusted, nothing is lost.

sandbox/     where a student's code runs, and what bounds it
checks/      the checks, which run apart from the student's process
intake/      what is handed in: read, restored or set aside before it runs
batch/       many submissions, several at a time, resumable
pages/       what the Formgrader and the feedback show
lms/         learning platforms: what they hand over, and what they take back
configure    one call in an nbgrader_config.py that makes any course use all this
coursefolder the folder of a course as nbgrader sees it
notebooks    how notebooks are read and written here
timestamps   when a submission was handed in
tempfolders  temporary folders that go even when their owner was killed
errors       what goes wrong for everybody alike, in one sentence
"""
