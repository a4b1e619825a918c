"""One call in an `nbgrader_config.py` makes nbgrader grade as this package does, in any course:

    from pgcourse.grading.configure import configure
    configure(get_config())

What the file sets after the call counts; so does what it sets before, except where safe grading needs a value of its
own.
"""

import functools
import os
from pathlib import Path
from typing import Any

import nbgrader
import nbgrader.api
from sqlalchemy import create_engine, event, make_url
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool, QueuePool
from traitlets.config import Config

from pgcourse.grading import coursefolder, timestamps
from pgcourse.grading.batch import versions

OURS = "pgcourse.grading"
TEMPLATES = Path(__file__).parent / "pages" / "templates"
FORMGRADER = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"
STEPS = (
    f"{OURS}.batch.execute.SandboxedExecute",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    f"{OURS}.pages.outputs.CleanOutputs",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
    f"{OURS}.intake.mirror.MarkGraded",
)
PATIENCE = 60  # seconds that a program waits for another one that writes to the same SQLite file; the default is 5


def configure(c: Config) -> None:
    """Set what safe grading needs in the configuration of a course.

    Parameters
    ----------
    c
        What `get_config()` returns in an `nbgrader_config.py`.
    """
    # submissions are looked at, repaired or set aside before nbgrader reads them
    c.Autograde.exporter_class = f"{OURS}.intake.mirror.IntakeExporter"
    # whoever can write to nbgrader's exchange can hand in for others there, and hand in links to instructors' files
    _default(c, "ExchangeFactory", "collect", f"{OURS}.intake.inbound.Collect")
    # an assignment that could not be graded is not released
    c.GenerateAssignment.preprocessors.insert(0, f"{OURS}.batch.contract.KeepsContract")
    c.GenerateAssignment.preprocessors.insert(1, f"{OURS}.batch.versions.SaysWhatChanged")
    # a deleted test cell is put back before grading, so that nothing is gained and no batch stops
    c.OverwriteCells.add_missing_cells = True
    # students' code runs in a sandbox, and the checks outside of it
    c.Autograde.autograde_preprocessors = list(STEPS)
    # where other programs want the processor too, the longest check of a solution may take many times its usual time
    _default(c, "Execute", "timeout", 120)
    # a busy machine may be slow to pass on what a cell printed (default 4 s), which is not the student's fault
    _default(c, "Execute", "iopub_timeout", 30)
    # nbgrader itself would show students the hidden tests
    c.GenerateFeedback.preprocessors.insert(0, f"{OURS}.pages.outputs.KeepHidden")
    c.GenerateFeedback.exporter_class = f"{OURS}.pages.feedback.FeedbackPage"
    # what students wrote is shown by the Formgrader and in feedback: it must not do anything there
    c.HTMLExporter.sanitize_html = True
    c.HTMLExporter.preprocessors = [
        f"{OURS}.pages.outputs.HarmlessPage",
        f"{OURS}.pages.model_answers.ModelAnswers",
    ]
    c.HTMLExporter.filters = {
        name: f"{OURS}.pages.markdown.{name}"
        for name in ("clean_html", "markdown2html", "highlight_code", "strip_files_prefix")
    }
    c.HTMLExporter.extra_template_basedirs = [str(TEMPLATES), str(FORMGRADER)]
    # nbgrader's own reader of time stamps completes partial ones from today's date, and broken ones end the Formgrader
    timestamps.replace_parse_utc()
    coursefolder.replace_alembic()
    coursefolder.replace_init_notebooks()
    versions.keep_earlier()
    coursefolder.confine_files()
    if not event.contains(Engine, "do_connect", _wait_for_writers):
        event.listen(Engine, "do_connect", _wait_for_writers)
    nbgrader.api.create_engine = _engine


def _default(c: Config, section: str, name: str, value: Any) -> None:
    """Set a value that nothing has set yet."""
    if name not in c[section]:
        c[section][name] = value


def _wait_for_writers(dialect, connection_record, arguments, settings):
    """Let several graders write to one SQLite file; a timeout that the gradebook's address gives is kept."""
    if dialect.name == "sqlite":
        settings.setdefault("timeout", PATIENCE)


def _engine(address, **settings):
    """Return SQLAlchemy's engine, one for each SQLite file, since every engine compiles all statements anew.

    nbgrader opens the gradebook eleven times for each submission, and makes an engine each time.
    """
    url = make_url(address)
    dialect: Any = url.get_dialect()
    if url.get_backend_name() != "sqlite" or dialect.get_pool_class(url) is not QueuePool:  # in memory
        return create_engine(address, **settings)
    return _engine_of_file(os.path.abspath(url.database or ""), address, **settings)


@functools.cache
def _engine_of_file(path, address, **settings):
    return create_engine(address, poolclass=NullPool, **settings)  # nothing is open after a gradebook is closed
