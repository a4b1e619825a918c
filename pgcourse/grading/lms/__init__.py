"""Learning platforms: Canvas and Moodle.

collect  `pgcourse collect`: what a platform's archive holds, into submitted/
export   `pgcourse export`: points as a file that the platform imports
names    whose file it is
store    submissions as nbgrader keeps them
"""
