"""Settings of nbgrader for this course; nbgrader reads them when it is run in this folder."""

from pathlib import Path

from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor
from nbgrader.utils import is_locked

from pgcourse.notebooks import canonical


class CanonicalForm(NbGraderPreprocessor):
    """The last step of `nbgrader generate_assignment`: write what `pgcourse tidy` would write."""

    def preprocess(self, nb, resources):
        """Return the notebook in canonical form."""
        return canonical(nb, resources["unique_key"]), resources


class KeepHidden(ClearHiddenTests):
    """The first step of `nbgrader generate_feedback`: a check shows its visible half and its message, no more."""

    def preprocess_cell(self, cell, resources, cell_index):
        """Return a check as it was handed out, its errors without the traceback; other cells as they are."""
        if is_locked(cell) and cell.cell_type == "code":
            cell, resources = super().preprocess_cell(cell, resources, cell_index)
            for output in cell.outputs:
                if output.output_type == "error":
                    output.traceback = [f"{output.ename}: {output.evalue}"]
        return cell, resources


c = get_config()  # noqa: F821 - put here by nbgrader when it reads this file

c.CourseDirectory.course_id = "pgcourse"
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"

# what students find in place of a solution
c.ClearSolutions.code_stub = {
    "python": 'raise NotImplementedError("This is not written yet: replace this line by your own code.")'
}
c.ClearSolutions.text_stub = "*Replace this line by your answer.*"
c.GenerateAssignment.preprocessors.append(CanonicalForm)

# nbgrader itself would show students the hidden tests
c.GenerateFeedback.preprocessors.insert(0, KeepHidden)

# a deleted test cell is put back before grading, so that nothing is gained and no batch stops
c.OverwriteCells.add_missing_cells = True

# seconds a cell may run before it is interrupted and graded as failed; solutions need under one
c.Execute.timeout = 60
# a busy machine may be slow to pass on what a cell printed (default 4 s), which is not the student's fault
c.Execute.iopub_timeout = 30
