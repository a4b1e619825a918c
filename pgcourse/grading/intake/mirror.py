"""Reads submissions before nbgrader does, so that nothing in them can stop, falsify or escape the grading.

nbgrader makes an `IntakeExporter` once in each run, before it reads a submission. From then on the run sees a private
mirror in place of the folder `submitted`. It is filled submission by submission with notebooks that can be graded and
with harmless files. What was repaired or set aside is said in a cell at the top of the graded notebook, hence in the
feedback, and in its metadata: `metadata["pgcourse"]` holds `said`, a list of sentences; `set_aside`, whether nothing of
the student's could be used; and `graded`, which the last step writes. A graded notebook without the last is a remnant
of an interrupted run, and is graded again. Nothing in `submitted` is ever changed.
"""

import base64
import fnmatch
import json
import os
import re
import shutil
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader import converters
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from sqlalchemy.exc import SQLAlchemyError
from traitlets.config import Config
from traitlets.utils.importstring import import_item

from pgcourse.grading import tempfolders
from pgcourse.grading.coursefolder import folders, is_asked_for
from pgcourse.grading.errors import NOT_ON_WINDOWS, KilledFromOutside, shared_problem
from pgcourse.grading.intake import apart
from pgcourse.grading.intake.read import Unusable, shown
from pgcourse.grading.intake.restore import extra_files, handed_out, restore, set_aside
from pgcourse.grading.intake.snapshot import Snapshot
from pgcourse.grading.notebooks import dumps
from pgcourse.grading.sandbox import bubblewrap
from pgcourse.grading.timestamps import TIMESTAMP, read_timestamp, written

MOST_REMARKS = 30
EARLIER = (
    "What is handed in has an earlier time stamp ({}) than what is graded ({}): if it is the one that counts, --force "
    "grades it."
)
REPAIRED, ASIDE = "Before this was graded", "This could not be graded"


class IntakeExporter(NotebookExporter):
    """The exporter for `c.Autograde.exporter_class`; making one prepares what the run is to grade."""

    def __init__(self, config: Config | None = None, **kwargs: Any):
        """Make the mirror for the Autograde converter that is the parent; raises NbGraderException."""
        super().__init__(config=config, **kwargs)
        if isinstance(self.parent, converters.Autograde):
            self.mirror = self.parent.mirror = Mirror(self.parent)

    def from_notebook_node(self, nb: nbformat.NotebookNode, resources: dict | None = None, **kwargs: Any) -> tuple:
        """Run the preprocessors; stop the run and restore the gradebook if every submission would fail alike.

        The gradebook is restored too if the submission's processes were killed from outside: nobody loses points then.
        """
        try:
            return super().from_notebook_node(nb, resources, **kwargs)
        except KilledFromOutside as error:
            self.mirror.log.error("%s: %s%s", self.mirror.student, error, self.mirror.restore_gradebook())
            raise
        except Exception as error:
            self.mirror.stop_if_shared(error)
            raise


class Autograde(converters.Autograde):
    """nbgrader's converter, except that it goes on if no submission holds a notebook of the right name."""

    mirror: "Mirror | None" = None  # of its run, once that has started

    def init_notebooks(self) -> None:
        """Leave it to the mirror to find what there is to grade."""
        self.assignments: dict[str, list] = {}
        self.notebooks: list[str] = []


class MarkGraded(NbGraderPreprocessor):
    """The last preprocessor of `nbgrader autograde`: all points are in the gradebook, so the notebook may say so."""

    def preprocess(self, nb: nbformat.NotebookNode, resources: dict) -> tuple[nbformat.NotebookNode, dict]:
        """Return the notebook, marked as graded."""
        nb.metadata.setdefault("pgcourse", nbformat.from_dict({}))["graded"] = True
        return nb, resources


class Mirror:
    """A private folder that replaces `submitted` during one run of an Autograde converter."""

    def __init__(self, converter: converters.Autograde):
        """Point the converter at a mirror of what it is to grade; raises NbGraderException, the reason logged."""
        self.converter, self.log, self.real = converter, converter.log, converter.coursedir
        self.said: dict[str, list[str]] = {}  # of submissions that are left as they were graded
        # of the submission that is being graded: whose it is, and its rows in the gradebook
        self.student = ""
        self.snapshot: Snapshot | None = None
        self._require_sandbox()
        self.releases, known = self._look_up()
        self.chosen = [name for name in self.releases if fnmatch.fnmatchcase(name, self.real.notebook_id)]
        if not self.chosen:
            self._fail(f"{self.real.assignment_id} has no notebook {self.real.notebook_id}: check the name.")
        waiting = {s: folder for s, folder in self._find().items() if not self._is_done(s, folder, s in known)}
        try:
            self._make(waiting)
        except OSError as error:
            fault = f"{tempfile.gettempdir()} cannot be used ({error.strerror}): set TMPDIR to another folder."
            self._fail(shared_problem(error) or fault)
        # not by `init_notebooks`, which would read a [ in a student's id as part of a pattern
        converter.assignments = {
            str(place): [str(place / f"{name}.ipynb") for name in self.chosen] for place in self.folders
        }
        before, after = converter.pre_convert_hook, converter.post_convert_hook
        converter.pre_convert_hook = lambda **kwargs: _chain(self._fill, before, kwargs)
        converter.post_convert_hook = lambda **kwargs: _chain(self._empty, after, kwargs)
        if not self.folders:
            self.remove()

    def _make(self, waiting):
        tempfolders.sweep(tempfile.gettempdir())
        self._scratch = tempfolders.Scratch(tempfile.gettempdir())
        self.path, self.remove = self._scratch.path, self._scratch.remove
        self.converter.coursedir = _pointed_at(self.real, self.path)
        self.folders = {self._place(student): (student, folder) for student, folder in waiting.items()}
        for place, (_, folder) in self.folders.items():
            place.mkdir(parents=True)
            handed_in, _ = read_timestamp(folder)
            if handed_in:  # nbgrader reads it after us, and completes what is not whole from today's date
                (place / TIMESTAMP).write_text(written(handed_in), encoding="utf-8")

    def stop_if_shared(self, error: Exception) -> None:
        """Raise SystemExit, which nbgrader does not catch, if the next submission would meet the same problem."""
        if sentence := shared_problem(error):
            if self.student and os.path.lexists(self._graded(self.student)):
                self._clear(self.student)
            self.log.error(sentence + self.restore_gradebook())
            self.remove()
            raise SystemExit(1) from error

    def restore_gradebook(self) -> str:
        """Restore the gradebook's rows of the submission that is being graded; return what `Snapshot.restore` does."""
        return self.snapshot.restore() if self.snapshot else ""

    def _require_sandbox(self):
        if os.name == "nt":
            self._fail(NOT_ON_WINDOWS)
        named = self.converter.autograde_preprocessors
        steps = [import_item(step) if isinstance(step, str) else step for step in named]
        wanted = any(hasattr(step, "sandbox") and step(parent=self.converter).sandboxes_here for step in steps)
        reason = bubblewrap.unavailable_reason() if wanted else ""
        if reason:
            self._fail(reason)

    def _look_up(self):
        """Return {name: notebook as handed out}, and the ids of the students whose submissions the gradebook has."""
        assignment = self.real.assignment_id
        try:
            with Gradebook(self.real.db_url, self.real.course_id) as gradebook:
                notebooks = gradebook.find_assignment(assignment).notebooks
                layout = Path(self.real.format_path(self.real.release_directory, ".", assignment))
                releases = {
                    known.name: handed_out(known, layout / f"{known.name}.ipynb", self.converter) for known in notebooks
                }
                students = {submission.student_id for submission in gradebook.assignment_submissions(assignment)}
        except MissingEntry:
            releases = {}
        except SQLAlchemyError as error:
            self._fail(f"The gradebook cannot be read ({getattr(error, 'orig', error)}): is another program using it?")
        if not releases:
            remedy = f"run `nbgrader generate_assignment {assignment} --force` first"
            self._fail(f"The gradebook does not have {assignment}: {remedy}.")
        return releases, students

    def _find(self):
        """Return {student: folder} of the submissions that were asked for, also of those without any notebook."""
        found, unfit = folders(self.real, self.real.submitted_directory, self.real.assignment_id)
        for name, fault in unfit.items():  # nbgrader would give up the whole batch, or pass over it in silence
            self.log.error("%s was left out. %s", shown(name), fault)
        return {student: folder for student, folder in found.items() if is_asked_for(student, self.real)}

    def _is_done(self, student, folder, known):
        """Say whether a submission was graded before; remove what an interrupted run left of it."""
        graded = self._graded(student)
        if not os.path.lexists(graded):
            return False
        paths = [graded / f"{name}.ipynb" for name in self.chosen]
        (handed_in, said), (then, faults) = read_timestamp(folder), read_timestamp(graded)
        dated = not faults and (then or not handed_in)
        if not (known and dated and all(map(_is_marked, paths))):
            self.log.warning("Grading %s again: the last run was not finished, or had other settings.", student)
            self._clear(student)
            return False
        if self.converter.force or (handed_in and then and handed_in > then):
            return False
        if handed_in and then and handed_in < then:
            said = [EARLIER.format(written(handed_in), written(then))]
        self.said[student] = said
        for sentence in said:
            self.log.warning("%s: %s", student, sentence)
        self.log.info("Skipping %s, which is graded: --force grades again.", student)
        return True

    def _graded(self, student):
        return Path(self.real.format_path(self.real.autograded_directory, student, self.real.assignment_id))

    def _clear(self, student):
        """Remove what an unfinished run left of a graded submission."""
        graded = self._graded(student)
        if self.real.notebook_id == "*":
            shutil.rmtree(graded)
        for name in self.chosen:
            (graded / f"{name}.ipynb").unlink(missing_ok=True)

    def _place(self, student):
        course = self.converter.coursedir
        return Path(course.format_path(course.submitted_directory, student, course.assignment_id))

    def _fill(self, notebooks):
        """Put one submission into the mirror, just before nbgrader reads it."""
        place = Path(notebooks[0]).parent
        self.student, folder = self.folders[place]
        try:
            self.snapshot = None
            self.snapshot = Snapshot(self.real, self.real.assignment_id, self.student)
            tempfolders.write_files(place, self._prepared(self.student, folder))
        except Exception as error:
            self.stop_if_shared(error)
            self.log.error("The submission of %s cannot be prepared: %s", self.student, error)
            raise

    def _prepared(self, student, folder):
        """Return {Path: bytes} of what nbgrader is to read in place of a submission; raises KilledFromOutside."""
        try:
            said, files = _plain(apart.run(lambda: self._read(folder), [folder]))
        except apart.Failed as failure:
            said, files = _plain(self._written(self._aside(f"This submission {failure}."), {}, []))
        for sentence in said:
            self.log.warning("%s: %s", student, sentence)
        return files

    def _read(self, folder):
        """Restore a submission; return what JSON can hold."""
        try:
            self._refuse_links(folder)
            restored, (files, said) = restore(folder, self.releases), extra_files(folder)
            return self._written(restored, files, read_timestamp(folder)[1] + said)
        except Unusable as reason:
            return self._written(self._aside(f"The folder of this submission {reason}."), {}, [])

    def _written(self, restored, files, said):
        """Return what is to be said of restored notebooks, and them and other files in base64."""
        notebooks = {f"{name}.ipynb": _labelled(one, said) for name, one in restored.items()}
        contents = {str(path): data for path, data in files.items()}
        contents |= {name: dumps(notebook).encode() for name, notebook in notebooks.items()}
        return {
            "said": [sentence for notebook in notebooks.values() for sentence in notebook.metadata.pgcourse.said],
            "files": {name: base64.b64encode(data).decode() for name, data in contents.items()},
        }

    def _refuse_links(self, folder):
        """Raise Unusable if a student's folder is reached through a link."""
        for path in folder.parents:
            if path == Path(self.real.root) or path.name == Path(self.real.submitted_directory).name:
                return
            if path.is_symlink():
                raise Unusable("is reached through a link")

    def _aside(self, sentence):
        return {name: set_aside(release, [sentence]) for name, release in self.releases.items()}

    def _empty(self, notebooks):
        """Remove a submission from the mirror, and the mirror with the last one."""
        place = Path(notebooks[0]).parent
        shutil.rmtree(place, ignore_errors=True)
        if str(place) == max(map(str, self.folders)):
            self.remove()

    def _fail(self, sentence):
        self.log.error(sentence)
        raise NbGraderException(sentence)


def report(coursedir: CourseDirectory, assignment: str) -> dict[str, list[str]]:
    """Return {student: sentences}: what was repaired or set aside in the graded submissions of an assignment."""
    graded, _ = folders(coursedir, coursedir.autograded_directory, assignment)
    return {
        student: [sentence for path in sorted(folder.glob("*.ipynb")) for sentence in _metadata(path).get("said", [])]
        for student, folder in graded.items()
    }


def _is_marked(path):
    """Say whether a graded notebook is complete and marked as graded."""
    return _metadata(path).get("graded") is True


def _metadata(path):
    """Return what this module wrote into a graded notebook's metadata; {} if there is none."""
    try:
        return dict(json.loads(path.read_bytes())["metadata"]["pgcourse"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}


def _labelled(restored, said):
    """Return a restored notebook that says, at its top and in its metadata, what happened to it."""
    notebook, said = restored.notebook, [shown(sentence, 300) for sentence in [*restored.said, *said]]
    if len(said) > MOST_REMARKS:
        said = [*said[:MOST_REMARKS], f"There are {len(said) - MOST_REMARKS} more remarks."]
    notebook.metadata["pgcourse"] = nbformat.from_dict({"said": said, "set_aside": restored.set_aside})
    if said:
        title = ASIDE if restored.set_aside else REPAIRED
        lines = [f"**{title}**", "", *(f"- {_escaped(sentence)}" for sentence in said)]
        taken = {cell.id for cell in notebook.cells}
        cell_id = next(name for number in range(len(taken) + 1) if (name := f"intake-{number}") not in taken)
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell("\n".join(lines), id=cell_id))
    return notebook


def _escaped(text):
    """Escape text so that Markdown shows each of its characters as it is."""
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~$&-])", r"\\\1", text)


def _chain(ours, theirs, kwargs):
    ours(kwargs["notebooks"])
    if theirs:
        theirs(**kwargs)


def _pointed_at(course, path):
    """Return a copy of a CourseDirectory with another folder of submissions."""
    values = {name: getattr(course, name) for name in course.trait_names(config=True)}
    return type(course)(parent=course.parent, **(values | {"submitted_directory": str(path)}))


def _plain(done):
    """Return what `Mirror._written` has returned, the files decoded; raises Failed for any other form, or place."""
    try:
        said, files = done["said"], done["files"]
        decoded = {PurePosixPath(name): base64.b64decode(data, validate=True) for name, data in files.items()}
    except (AttributeError, KeyError, TypeError, ValueError):
        raise apart.Failed(apart.UNREADABLE) from None
    if not isinstance(said, list) or not all(isinstance(one, str) for one in said) or any(map(_leads_out, decoded)):
        raise apart.Failed(apart.UNREADABLE)
    return said, {Path(path): data for path, data in decoded.items()}


def _leads_out(path):
    return path.is_absolute() or not path.parts or ".." in path.parts or "\0" in str(path)
