"""What goes wrong for every submission alike, said in one sentence. Imports nothing slow."""

import errno

READ_ONLY = "is read-only: copy the course to a folder that can be written to, and run the command there."
DISK_FULL = "The disk is full: make room for the course folder and for temporary files, then run the same command."
LOCKED = "Another program holds the gradebook locked: close it, then run the same command."
NOT_ON_WINDOWS = "Grading needs Linux or macOS: run it in the course's container (see Containerfile)."
NO_NAME = "This cannot be a student's id (one line of text, without <, > and quotation marks): rename the folder."
BLANK = "This name begins or ends with a blank, which nbgrader cuts off: rename the folder."
TWICE = "Another folder has this name, its accents written in another way: which of the two counts? Remove the other."
KILLED = (
    "Its processes were killed from outside, and again when it was rerun, perhaps because memory ran out: end other "
    "programs, then run the same command."
)


class Stopped(Exception):
    """The batch cannot go on; the exit code is 2 for wrong usage."""

    def __init__(self, sentence: str, exit_code: int = 1):
        super().__init__(sentence, exit_code)  # both, so that it can be sent from one process to another
        self.sentence, self.exit_code = sentence, exit_code


class SandboxError(RuntimeError):
    """A sandbox cannot be made; the message says why in a sentence."""


class KilledFromOutside(RuntimeError):
    """The process that ran a notebook was killed, by neither the notebook nor a limit: nobody loses points for that."""

    def __init__(self, sentence: str = KILLED):
        super().__init__(sentence)


def shared_problem(error: BaseException) -> str:
    """Return the sentence for an exception that the next submission would meet too; "" for any other."""
    from sqlalchemy.exc import DBAPIError  # slow to import

    if isinstance(error, DBAPIError):
        return _database_sentence(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DISK_FULL
    if isinstance(error, OSError) and error.errno == errno.EROFS:
        return f"{error.filename or 'The folder'} {READ_ONLY}"
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = error.name.partition(".")[0]
        return f"The package {package} is missing: `pgcourse doctor` says how to install it."
    if isinstance(error, Stopped):
        return error.sentence
    if isinstance(error, SandboxError):
        words = str(error).strip().splitlines()[0]
        return words if words.endswith(".") else f"{words}: fix that, then run the same command."
    return ""


def _database_sentence(error):
    """Return what a refusal of the database means, whichever it is."""
    words = str(error.orig).strip().splitlines()[0]
    if "locked" in words:
        return LOCKED
    if "full" in words:
        return DISK_FULL
    return f"The gradebook cannot be used ({words}): fix that, then run the same command."
