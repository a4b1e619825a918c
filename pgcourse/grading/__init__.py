"""Safe grading for any nbgrader course: no student's code is trusted, and nothing is lost.

Nothing here imports the rest of `pgcourse`; a course's own modules are named in its settings.

sandbox/     where a student's code runs, and what limits it
checks/      the checks, which run apart from the student's process
intake/      submissions: read, repaired or set aside before they are run
batch/       many submissions, several at a time, resumable
pages/       what the Formgrader and the feedback show
lms/         learning platforms: submissions from them, points to them
configure    one call in an nbgrader_config.py that makes any course use all this
coursefolder the folder of a course as nbgrader sees it
notebooks    how notebooks are read and written here
timestamps   when a submission was handed in
progress     a bar for jobs that take longer than a second
tempfolders  temporary folders that are removed even if their owner was killed
errors       what goes wrong for every submission alike, in one sentence
"""
