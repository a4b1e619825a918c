"""The Formgrader and the feedback in a real Chromium: grading by button and by hand, and a submission that attacks.

The server is started by `pgcourse lab`, in a subfolder of a course; nothing but it may be asked for anything.
"""

import contextlib
import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from pgcourse.classroom.ports import free_ports
from tests.support.axe import complaints
from tests.support.course import Course, cell, notebook_path, solution_cell, solved, succeeded, tasks_of
from tests.support.labdrive import WAIT_SECONDS, _wait_for_start, watched

pytestmark = pytest.mark.browser

PS = "ps4_left_right"
WRITTEN = "boundaries"
AUTOMATIC = sum(task.points for task in tasks_of(PS))
GRADING_SECONDS = 600
TOKEN = "a-token-for-this-test"
PWNED = "document.title='pwned';window.pwned=1"
ATTACK = f"""
<script>{PWNED}</script>
<img src="http://evil.invalid/image" onerror="{PWNED}">
<svg onload="{PWNED}"></svg>
<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>
<style>body {{ background: url(http://evil.invalid/style) }}</style>
<link rel="stylesheet" href="http://evil.invalid/link">
<img src="/formgrader?path=evil">
<div class="score nbgrader_cell" id="{WRITTEN}">not the score</div>
"""
MATHEMATICS = r"""
Take $\theta^2$ and $\mathbb R$,

$$\sum_{t=0}^\infty\gamma^t r_t=\frac{1}{1-\gamma},$$

\begin{align}
a&=b\\
c&=\sqrt{d}
\end{align}
"""
SUBMISSION = ".rendered_html, .output_area"  # on a page of the Formgrader; the rest of it is nbgrader's
SERIOUS = ("serious", "critical")
TABLE = "| a table | b |\n|---|--:|\n| 1 | 2 |"
SHOWING = f"""
from IPython.display import HTML, Javascript, Math, display
display(HTML({ATTACK!r}), Javascript({PWNED!r}), Math("<script>{PWNED}</script>"))
print({ATTACK!r})
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with two submissions: that of ada is right and honest, that of eve is right and attacks."""
    course = Course(tmp_path_factory.mktemp("formgrader"))
    (course.path / "lectures").mkdir()
    succeeded(course.nbgrader("generate_assignment", PS))
    solution = course.read(PS, "solutions")
    for student, answer in {"ada": MATHEMATICS + TABLE, "eve": ATTACK + MATHEMATICS}.items():
        notebook = solved(course.read(PS), solution)
        cell(notebook, WRITTEN).source = answer
        if student == "eve":
            solution_cell(notebook, tasks_of(PS)[0].name).source += SHOWING
        course.hand_in(student, PS, notebook)
    return course


@pytest.fixture(scope="module")
def formgrader(course):
    """The address of a Formgrader that `pgcourse lab` serves."""
    (port,) = free_ports()
    command = [sys.executable, "-m", "pgcourse", "lab", "--no-browser", "--port", str(port)]
    environment = course.environment | {"JUPYTER_TOKEN": TOKEN}
    log = course.home / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(command, cwd=course.path / "lectures", env=environment, stdout=output, stderr=output)
        try:
            _wait_for_start(server, f"http://127.0.0.1:{port}/api/status?token={TOKEN}", log)
            yield f"http://127.0.0.1:{port}/formgrader"
        finally:
            server.terminate()
            server.wait(WAIT_SECONDS)


@pytest.fixture
def page(lab):
    """A page of its own in the session's browser; nothing may go wrong on it, and no dialog may open."""
    page = lab.new_page(viewport={"width": 1100, "height": 900})
    problems = watched(page)
    page.on("dialog", lambda dialog: (problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    yield page
    page.close()
    assert not [problem for problem in problems if "file://" not in problem]


@pytest.fixture(scope="module")
def graded(course, formgrader, request):
    """The course and its Formgrader after both submissions were graded by their buttons."""
    lab = request.getfixturevalue("_session_lab")
    page = lab.new_page()
    page.goto(f"{formgrader}?token={TOKEN}")
    expect(page).to_have_url(f"{formgrader}/manage_assignments")
    page.goto(f"{formgrader}/manage_submissions/{PS}")
    for student in ("ada", "eve"):
        row = page.locator("#main-table tr", has=page.get_by_text(student, exact=True))
        expect(row.locator(".status")).to_have_text("needs autograding")
        row.locator(".autograde a").click()
        dialog = page.locator(".modal-dialog")
        expect(dialog).to_contain_text("utograd", timeout=GRADING_SECONDS * 1000)
        expect(dialog).to_contain_text(f"Successfully autograded '{PS}' for student '{student}'.")
        dialog.locator(".modal-footer button").click()
        expect(row.locator(".status")).to_have_text("needs manual grading")
        expect(row.locator(".score")).to_have_text(f"{AUTOMATIC} / {AUTOMATIC + 3}")
    page.close()
    return course


def open_submission(page, formgrader, student):
    """Show a submission on the page for manual grading; it says where to type once it looks at what is typed."""
    page.goto(f"{formgrader}?token={TOKEN}")
    page.goto(f"{formgrader}/gradebook/{PS}/{PS}")
    row = page.locator("#main-table tr", has=page.locator("a", has_text=student))
    row.locator("a:visible").first.click()
    for place in (f"#{WRITTEN}_extra_credit", f"#{WRITTEN}-comment"):
        expect(page.locator(place)).to_have_attribute("placeholder", re.compile("."))


def points(course, student):
    """Return {graded cell: points} that the button gave."""
    return {name: score for name, (score, _) in course.grades(PS)[student].items() if name != WRITTEN}


def test_the_button_gives_the_points_of_the_checks(graded):
    wanted = {f"check-{task.name.replace('_', '-')}": task.points for task in tasks_of(PS)}
    assert points(graded, "ada") == points(graded, "eve") == wanted


def test_a_score_and_a_comment_given_by_hand_are_exported(graded, formgrader, page):
    open_submission(page, formgrader, "ada")
    score, comment = page.locator(f"#{WRITTEN}"), page.locator(f"#{WRITTEN}-comment")
    score.click()
    with page.expect_response(lambda response: response.request.method == "PUT"):
        page.keyboard.type("2")
        page.keyboard.press("Tab")
    comment.click()
    with page.expect_response(lambda response: response.request.method == "PUT"):
        page.keyboard.type("Which **baseline**? Compare $b=V$.")
        page.keyboard.press("Escape")
    page.reload()
    expect(score).to_have_value("2")
    expect(comment).to_have_value("Which **baseline**? Compare $b=V$.")
    succeeded(graded.nbgrader("export", "--to", "grades.csv"))
    with open(graded.path / "grades.csv", encoding="utf-8", newline="") as file:
        rows = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file) if row["assignment"] == PS}
    assert rows == {"ada": AUTOMATIC + 2, "eve": AUTOMATIC}


def test_the_name_can_be_shown(graded, formgrader, page):
    open_submission(page, formgrader, "ada")
    name = page.locator("a.name-shown")
    expect(name).to_be_hidden()
    page.locator("span.name-hidden").click()
    expect(name).to_be_visible()
    expect(name).to_contain_text("ada")


def assert_mathematics_is_set(page, count):
    """Fail unless formulas stand on the page, set by the browser: of a fraction, one part is below the other."""
    formulas = page.locator("math")
    assert formulas.count() >= count
    assert page.locator("merror, math:has-text('\\\\')").count() == 0
    above, below = (
        page.locator("math[display=block] mfrac").first.locator("> *").nth(i).bounding_box() for i in (0, 1)
    )
    assert below["y"] >= above["y"] + above["height"] / 2
    assert page.locator("script[src^='http']").count() == 0


def test_an_honest_submission_looks_right(graded, formgrader, page):
    open_submission(page, formgrader, "ada")
    assert_mathematics_is_set(page, 50)
    expect(page.get_by_role("columnheader", name="a table")).to_be_visible()
    expect(page.locator(".output_area").first).to_contain_text("✓")
    assert page.locator(".output_html img, .output_png img, .output_area").count() >= len(tasks_of(PS))


def assert_nothing_ran(page):
    assert page.title() == PS
    assert page.evaluate("window.pwned") is None


def assert_policy_refuses(page):
    """Put on a page what the cleaning takes out: nothing runs, and requests are blocked before they leave."""
    failures = {}
    page.on("requestfailed", lambda request: failures.setdefault(request.url, request.failure))
    page.evaluate("markup => document.body.insertAdjacentHTML('beforeend', markup)", ATTACK)
    page.evaluate("document.body.appendChild(document.createElement('script')).textContent = 'window.pwned=1'")
    page.wait_for_timeout(1000)
    assert_nothing_ran(page)
    assert {url: failure for url, failure in failures.items() if "evil" in url and failure != "csp"} == {}
    assert page.locator("iframe[srcdoc]").count() == 1


def test_the_attack_is_one(lab):
    page = lab.new_page()
    with contextlib.ExitStack() as wanted:
        for name in ("image", "style", "link"):
            wanted.enter_context(page.expect_request(f"http://evil.invalid/{name}"))
        page.set_content(ATTACK)
    page.wait_for_function("window.pwned && document.title === 'pwned'")
    page.close()


def test_a_hostile_submission_does_nothing_in_the_formgrader(graded, formgrader, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    open_submission(page, formgrader, "eve")
    assert_mathematics_is_set(page, 50)
    assert_nothing_ran(page)
    assert not [url for url in asked if "evil" in url]
    assert page.locator(f"#{WRITTEN}").get_attribute("type") == "number"
    (graded.path / "autograded" / "eve" / PS / "beside.txt").write_text("<script>window.pwned = true</script>")
    beside = page.request.get(page.url.split("?")[0].rstrip("/") + "/beside.txt", timeout=WAIT_SECONDS * 1000)
    assert beside.ok
    assert beside.headers["content-security-policy"].startswith("sandbox;")


@pytest.fixture(scope="module")
def feedback(graded, tmp_path_factory):
    """{student: path} of the feedback, each a single file in a folder of its own."""
    succeeded(graded.nbgrader("generate_feedback", PS))
    files = {}
    for student in ("ada", "eve"):
        made = graded.path / "feedback" / student / notebook_path(PS).with_suffix(".html")
        files[student] = Path(shutil.copy(made, tmp_path_factory.mktemp(student)))
    return files


def test_feedback_is_a_single_file_with_mathematics(feedback, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(feedback["ada"].as_uri())
    assert_mathematics_is_set(page, 50)
    assert not [url for url in asked if not url.startswith("file:///")]
    expect(page.get_by_role("columnheader", name="a table")).to_be_visible()
    expect(page.get_by_role("link", name="Test cell #check-clamp-policy")).to_be_visible()


def test_axe_finds_nothing_serious_on_the_feedback(feedback, page):
    page.goto(feedback["ada"].as_uri())
    assert complaints(page, impacts=SERIOUS) == []


def test_axe_finds_nothing_serious_in_a_submission_in_the_formgrader(graded, formgrader, page):
    open_submission(page, formgrader, "ada")
    assert complaints(page, SUBMISSION, SERIOUS) == []


def test_a_hostile_submission_does_nothing_in_its_feedback(feedback, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(feedback["eve"].as_uri())
    assert_nothing_ran(page)
    assert not [url for url in asked if not url.startswith("file:///")]


def test_what_might_slip_through_is_refused_by_the_policy_of_a_page(graded, formgrader, feedback, lab):
    page = lab.new_page()
    open_submission(page, formgrader, "ada")
    assert_policy_refuses(page)
    page.goto(feedback["ada"].as_uri())
    assert_policy_refuses(page)
    page.close()


@pytest.mark.parametrize("student", ["ada", "eve"])
def test_feedback_names_no_folder_and_no_hidden_test(feedback, course, student):
    text = feedback[student].read_text(encoding="utf-8")
    for secret in (str(course.path), str(course.home), sys.prefix, "HIDDEN", "hidden=True"):
        assert secret not in text
