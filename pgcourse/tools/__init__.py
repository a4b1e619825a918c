"""The command line: `pgcourse VERB`.

cli         which module does which verb
lab         `pgcourse lab`: JupyterLab on the lectures, or the lecture as slides
server      JupyterLab's server as `pgcourse lab` starts it
present     the lecture's slides on that server, with a live kernel
doctor      `pgcourse doctor`: what is wrong with an installation, and what to do
packages    what is installed, and whether it is whole; imports nothing of it
examine     what only an import tells, for the doctor
setting_up  what start.py needs and an old Python need not read
needs       programs from outside Python that parts of the course need
tidy        `pgcourse tidy`: the one canonical form of a notebook
check       `pgcourse check`: the checks of a problem set, and the points they give
check_source  what it does with an instructor's source: grade the solution and the release on trial
release     `pgcourse release`: the students' copy of the course
"""
