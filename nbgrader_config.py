"""Settings of nbgrader for this course; nbgrader reads them when it is run in this folder."""

from pathlib import Path

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    IgnorePattern,
    LimitOutput,
    NbGraderPreprocessor,
    SaveAutoGrades,
)
from nbgrader.server_extensions.formgrader import handlers

from pgcourse.grading import timestamps
from pgcourse.grading.pages import markdown
from pgcourse.grading.pages.outputs import CleanOutputs, HarmlessPage, KeepHidden
from pgcourse.tools.tidy import canonical


class CanonicalForm(NbGraderPreprocessor):
    """The last step of `nbgrader generate_assignment`: write what `pgcourse tidy` would write."""

    def preprocess(self, nb, resources):
        """Return the notebook in canonical form."""
        return canonical(nb, resources["unique_key"]), resources


c = get_config()  # noqa: F821 - put here by nbgrader when it reads this file

c.CourseDirectory.course_id = "pgcourse"
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"
# several graders write to the gradebook: each waits a minute for the others, where SQLite's default is 5 seconds;
# only `nbgrader db upgrade` takes this for the name of a file: give it --db sqlite:///gradebook.db
c.CourseDirectory.db_url = f"sqlite:///{Path(__file__).resolve().parent}/gradebook.db?timeout=60"

# what students find in place of a solution
c.ClearSolutions.code_stub = {
    "python": 'raise NotImplementedError("This is not written yet: replace this line by your own code.")'
}
c.ClearSolutions.text_stub = "*Replace this line by your answer.*"
c.GenerateAssignment.preprocessors.append(CanonicalForm)

# nbgrader itself would show students the hidden tests
c.GenerateFeedback.preprocessors.insert(0, KeepHidden)

# what students wrote is shown by the Formgrader and in feedback: it must not do anything there
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.preprocessors = [HarmlessPage]
c.HTMLExporter.filters = markdown.FILTERS
c.HTMLExporter.extra_template_basedirs = [str(markdown.TEMPLATES), handlers.template_path]

# nbgrader's own reader of time stamps completes partial ones from today's date, and a broken one ends the Formgrader
timestamps.replace_parse_utc()

# submissions are looked at, mended or set aside before nbgrader reads them
c.Autograde.exporter_class = "pgcourse.grading.intake.mirror.IntakeExporter"

# students' code runs in a sandbox, and the checks outside of it
c.Autograde.autograde_preprocessors = [
    "pgcourse.grading.batch.execute.SandboxedExecute",
    IgnorePattern,
    ClearMetadataPreprocessor,
    LimitOutput,
    CleanOutputs,
    SaveAutoGrades,
    AssignLatePenalties,
    CheckCellMetadata,
    "pgcourse.grading.intake.mirror.MarkGraded",
]

# what notebooks and checks of this course import, which takes a while
c.SandboxedExecute.kernel_preload = [
    "pgcourse.exact",
    "pgcourse.optimisers.race",
    "pgcourse.figures.live",
    "pgcourse.homework",
]
c.SandboxedExecute.checker_preload = ["pgcourse.homework.preload"]
c.SandboxedExecute.public_module = "pgcourse.homework.public"
# the catalogues of tasks: right solutions, hidden inputs, known mistakes
c.SandboxedExecute.private_files = ["solutions/ps*.py"]

# a deleted test cell is put back before grading, so that nothing is gained and no batch stops
c.OverwriteCells.add_missing_cells = True

# seconds a cell or a check may run before it is interrupted and graded as failed; the longest check of a solution needs
# three, and many times that where twenty other programs want the same two processors
c.Execute.timeout = 120
# a busy machine may be slow to pass on what a cell printed (default 4 s), which is not the student's fault
c.Execute.iopub_timeout = 30
