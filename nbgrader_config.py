"""Settings of nbgrader for this course; nbgrader reads them when it is run in this folder."""

from pathlib import Path

from nbgrader.preprocessors import NbGraderPreprocessor

from pgcourse.grading.configure import configure
from pgcourse.tools.tidy import canonical


class CanonicalForm(NbGraderPreprocessor):
    """The last step of `nbgrader generate_assignment`: write what `pgcourse tidy` would write."""

    def preprocess(self, nb, resources):
        """Return the notebook in canonical form."""
        return canonical(nb, resources["unique_key"]), resources


c = get_config()  # noqa: F821 - put here by nbgrader when it reads this file
configure(c)

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

# what notebooks and checks of this course import, which takes a while
c.SandboxedExecute.kernel_preload = [
    "pgcourse.exact",
    "pgcourse.optimisers.race",
    "pgcourse.figures.live",
    "pgcourse.homework",
]
c.SandboxedExecute.checker_preload = ["pgcourse.homework.preload", "pgcourse.figures.live"]
c.SandboxedExecute.public_module = "pgcourse.homework.public"
# the catalogues of tasks: right solutions, hidden inputs, known mistakes
c.SandboxedExecute.private_files = ["solutions/ps*.py"]
