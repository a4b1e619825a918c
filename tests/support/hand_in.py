"""Many students of a class fetch a problem set, answer it and submit it, all at once.

release(ours.people["prof"].at_work())
arrivals, said = hand_in(ours, ["student01", "student02"])
"""

import re

from tests.support.classroom import ENVIRONMENT, EXCHANGE
from tests.support.course import notebook_path
from tests.support.small_course import PS, WRITTEN

INBOUND = f"{EXCHANGE}/pgcourse/inbound"
LAST = 0o777  # the rights that nbgrader gives a hand-in when it is all there
HAND_IN = f"""
import os, pwd, sys, time
from nbgrader.apps import FetchAssignmentApp, SubmitApp
import nbformat

def hand_in(account):
    entry = pwd.getpwnam(account)
    os.setgid(entry.pw_gid), os.initgroups(account, entry.pw_gid), os.setuid(entry.pw_uid)
    os.umask(0o077)
    os.environ |= {{"HOME": entry.pw_dir, "USER": account, "JUPYTERHUB_USER": account}}
    os.makedirs(f"{{entry.pw_dir}}/assignments"), os.chdir(f"{{entry.pw_dir}}/assignments")
    fetch, submit = FetchAssignmentApp(), SubmitApp()
    fetch.initialize(["{PS}"]), fetch.start()
    notebook = nbformat.read("{notebook_path(PS)}", as_version=4)
    next(cell for cell in notebook.cells if cell.id == "{WRITTEN}").source = f"written by {{account}}"
    nbformat.write(notebook, "{notebook_path(PS)}")
    submit.initialize(["{PS}"]), submit.start()

began = time.time()
children = []
for account in sys.argv[1:]:
    if (child := os.fork()) == 0:
        try:
            hand_in(account)
        except BaseException as error:
            print(account, repr(error), flush=True)
            os._exit(1)
        os._exit(0)
    children.append(child)
for child in children:
    os.waitpid(child, 0)
print(f"began {{began}}")
"""
"""nbgrader's own fetch and submit under many accounts at once, with what takes seconds to import imported once."""


def release(instructor):
    """Make the students' version of the problem set and release it, as the Formgrader's buttons do."""
    for step in ("assign", "release"):
        assert instructor.api("POST", f"formgrader/api/assignment/{PS}/{step}")["success"]


def hand_in(ours, accounts):
    """Let students begin at once, and wait until each has ended.

    ours      the Classroom
    accounts  of students who have not fetched the problem set
    returns   list of (account, seconds from the first one's beginning until all of it was in the exchange), one for
              each hand-in; and what the students' programs say
    """
    settings = "JUPYTER_CONFIG_PATH=/etc/pgcourse/jupyter/student"
    program = (f"{ENVIRONMENT}/bin/python", "-P", "-c", HAND_IN)
    done = ours.machine.run("env", settings, f"PATH={ENVIRONMENT}/bin:/usr/bin:/bin", *program, *accounts)
    said = done.stdout + done.stderr
    began = re.search(r"^began (\S+)$", said, re.M)
    assert began, said
    found = [(path.name.split("+")[0], path.stat()) for path in ours.machine.path(INBOUND).iterdir()]
    whole = [(account, status.st_ctime) for account, status in found if status.st_mode & 0o777 == LAST]
    return [(account, time - float(began[1])) for account, time in whole if account in accounts], said
