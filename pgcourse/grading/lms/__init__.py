"""Learning platforms: Canvas and Moodle.

collect  `pgcourse collect`: from a platform's archive to submitted/
export   `pgcourse export`: points as a file that the platform imports
names    whose file it is
roster   who the students are
store    submissions as nbgrader keeps them
"""
