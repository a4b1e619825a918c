"""A small nbgrader course that knows nothing of this package, but for two lines of its settings."""

import subprocess
import sys

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.support.course import Course, activated, cell, succeeded
from tests.support.waiting import PATIENCE

SETTINGS = """from pgcourse.grading.configure import configure
configure(get_config())
get_config().CourseDirectory.course_id = "words"
"""
HELPER = '''"""What the notebooks of this assignment share."""


def load(name):
    """Read the words of a file."""
    with open(name) as file:
        return file.read().split()
'''
POEM = "a rose is a rose is a rose\n"
COUNT = """def count(words):
    ### BEGIN SOLUTION
    found = {}
    for word in words:
        found[word.lower()] = found.get(word.lower(), 0) + 1
    return found
    ### END SOLUTION
"""
CHECK_COUNT = 'import helper\nassert count(helper.load("poem.txt")) == dict(c.Counter(load("poem.txt")))'
CHECK_CASE = """assert count([]) == {}
### BEGIN HIDDEN TESTS
CANARY = 4  # a student's code sees what it is called with, and neither this name nor this line
assert count(load("poem.txt") + ["Rose"])["rose"] == CANARY
### END HIDDEN TESTS
"""
MEDIAN = """def median(values):
    ### BEGIN SOLUTION
    values, half = sorted(values), len(values) // 2
    if not values:
        raise ValueError("no values")
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2
    ### END SOLUTION
"""
# what nbgrader's toolbar used to leave at an ordinary cell: without a grade_id
TOOLBAR = {"grade": False, "solution": False, "locked": False, "schema_version": 3}
CHECK_MEDIAN = """from ruler import LENGTHS
assert median(LENGTHS) == 2.5 and LENGTHS == (4, 1, 2, 3)
### BEGIN HIDDEN TESTS
try:
    median([])
    assert False, "the median of nothing"
except ValueError:
    pass
### END HIDDEN TESTS
"""


def answer(name, source):
    """Make the cell of an answer."""
    return _cell(name, source, solution=True, locked=False)


def check(name, source, points):
    """Make the cell of a check."""
    return _cell(name, source, grade=True, points=points)


def _cell(name, source, **entry):
    entry = {"grade": False, "solution": False, "locked": True, "task": False, "schema_version": 3} | entry
    return new_code_cell(source, id=name, metadata={"nbgrader": {"grade_id": name, **entry}})


# {assignment: (its cells, the files beside its notebook)}
ASSIGNMENTS = {
    "counting": (
        [
            new_markdown_cell("# Count words", id="title", metadata={"nbgrader": TOOLBAR}),
            new_code_cell("import collections as c", id="ordinary"),
            _cell("imports", "from helper import load"),
            answer("count", COUNT),
            check("check-count", CHECK_COUNT, 2),
            check("check-case", CHECK_CASE, 1),
        ],
        {"helper.py": HELPER, "poem.txt": POEM},
    ),
    "medians": (
        [answer("median", MEDIAN), check("check-median", CHECK_MEDIAN, 4)],
        {"ruler.py": "LENGTHS = (4, 1, 2, 3)\n"},
    ),
}


class ForeignCourse(Course):
    """Its folder, with nbgrader's usual names, both assignments released."""

    def __init__(self, path):
        """Make the folder and release the assignments."""
        self.path, self.home, self.temporary = path / "course", path / "home", path / "t"
        for folder in (self.home, self.temporary):
            folder.mkdir()
        self.environment = activated(self.home) | {"TMPDIR": str(self.temporary)}
        for name, (cells, files) in ASSIGNMENTS.items():
            folder = self.path / "source" / name
            folder.mkdir(parents=True)
            kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
            nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), folder / f"{name}.ipynb")
            for file, text in files.items():
                (folder / file).write_text(text)
        (self.path / "nbgrader_config.py").write_text(SETTINGS)
        for name in ASSIGNMENTS:
            succeeded(self.nbgrader("generate_assignment", name))

    def pgcourse(self, *arguments):
        """Run one command of this package in the course folder; return what subprocess.run returns."""
        command = [sys.executable, "-m", "pgcourse", *arguments]
        options = {"capture_output": True, "text": True, "timeout": 2 * PATIENCE}
        return subprocess.run(command, cwd=self.path, env=self.environment, **options)

    def answers(self, assignment, **sources):
        """Return what a student hands in: the release with some cells written; without arguments the solution."""
        notebook = self.read(assignment, "release")
        solution = self.read(assignment, "source")
        sources = sources or {each.id: each.source for each in solution.cells if "### BEGIN SOLUTION" in each.source}
        for name, source in sources.items():
            cell(notebook, name).source = source
        return notebook

    def points(self, assignment):
        """Return {student: {check: points}} from the gradebook."""
        grades = self.grades(assignment)
        return {student: {name: points for name, (points, _) in cells.items()} for student, cells in grades.items()}
