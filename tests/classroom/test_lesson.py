"""A lesson of a class in Chromium, with the real hub and proxy: from the release to what students read of their marks.

Then a student looks for what is not for students: on the disk, in processes, and over HTTP with a student's login.
`CLASS_SHOTS=DIR pytest tests/classroom/test_lesson.py` writes a picture of each page to a folder.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.support.classroom import ADDRESS, CANARY, COURSE, EXCHANGE, STATE, running_class
from tests.support.course import cell
from tests.support.labdrive import CELL_ERRORS, LAB
from tests.support.machine import possible
from tests.support.screens import chromium, log_in
from tests.support.small_course import FULL, PS, WRITTEN

pytestmark = [
    pytest.mark.long,
    pytest.mark.browser,
    pytest.mark.hub,
    pytest.mark.sandbox,
    pytest.mark.skipif(not possible(), reason="accounts are made: this needs root, and the right to mount"),
]
NOTEBOOK = f"{PS}/{PS}.ipynb"
FETCHED = f"assignments/{NOTEBOOK}"
WRONG = "def clamp_policy(theta):\n    return np.array([theta, 1 - theta])"
ANSWERS = {
    "ada": "only-ada-wrote-this",
    "bob": "only-bob-wrote-this",
    "eve": "<script>document.title = 'pwned'</script>",
}
FOR_ADA = "only-ada-may-read-this"
HOSTILE = f"""
import os

stolen = []
for place in ("{COURSE}", "/home", "{EXCHANGE}", "{STATE}"):
    for folder, _, names in os.walk(place):
        for name in names:
            try:
                with open(os.path.join(folder, name), "rb") as file:
                    stolen += [name] if b"only-" + b"bob" in file.read(1 << 20) else []
            except OSError:
                pass
print("stolen", stolen)
try:
    open("{COURSE}/gradebook.db", "w").close()
except OSError as error:
    print(error.strerror)
"""


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    with running_class(tmp_path_factory.mktemp("class")) as ours:
        yield ours


@pytest.fixture(scope="module")
def screens(ours, tmp_path_factory, request):
    """{account: Screen} of those who have logged in at the hub's page."""
    others = request.getfixturevalue("_session_lab").page.context.browser
    with chromium(ours, others, tmp_path_factory.mktemp("chromium")) as browser:
        screens = log_in(browser, [ours.people[account] for account in ("prof", "ada", "bob", "eve")])
        yield screens
        assert {account: screen.problems for account, screen in screens.items() if screen.problems} == {}


@pytest.mark.parametrize(
    ("account", "words"),
    [("ada", ["Assignment List"]), ("prof", ["Formgrader", "Create assignment"])],
)
def test_the_menu_has_what_is_for_students_or_for_instructors(screens, account, words):
    screen = screens[account]
    assert screen.menu() == words
    screen.shoot("menu")
    screen.page.keyboard.press("Escape")
    assert screen.page.get_by_text("news").count() == 0


def test_a_student_runs_lecture_5(screens):
    lab = screens["ada"].lab()
    lab.show(f"{LAB}lectures/05_left_right.ipynb")
    lab.command("notebook:run-all-cells")
    lab.wait_idle()
    assert lab.page.evaluate(CELL_ERRORS) == []
    expect(lab.page.get_by_role("slider").first).to_be_visible()
    lab.command("docmanager:save")
    screens["ada"].shoot("lecture")
    lab.shown = True
    lab.forget()


@pytest.fixture(scope="module")
def handed_in(ours, screens):
    """Released by buttons; fetched, solved and submitted: Ada's by buttons, and right; Bob's wrong; Eve's hostile."""
    screens["prof"].press("manage_assignments", PS, "assign", "created the student version")
    screens["prof"].press("manage_assignments", PS, "release", "released")
    solution = ours.people["prof"].read(f"solutions/{NOTEBOOK}")
    for account, answer in ANSWERS.items():
        student, by_buttons = ours.people[account], account == "ada"
        screens["ada"].push("released", "Fetch", "fetched") if by_buttons else student.nbgrader("fetch")
        notebook = student.read(FETCHED)
        for name in ("clamp-policy", "clamp-score"):
            cell(notebook, name).source = cell(solution, name).source
        cell(notebook, WRITTEN).source = answer
        if account == "bob":
            cell(notebook, "clamp-policy").source = WRONG
        if account == "eve":
            cell(notebook, "clamp-score").source += HOSTILE
        student.save(FETCHED, notebook)
        screens["ada"].push("fetched", "Submit", "submitted") if by_buttons else student.nbgrader("submit")
    return ours


@pytest.fixture(scope="module")
def graded(handed_in, screens):
    """Collected by button, graded by button (Ada's) and by `pgcourse grade` (the others'), marked by two people."""
    prof, tara = screens["prof"], handed_in.people["tara"].at_work()
    prof.press("manage_assignments", PS, "collect", "collected")
    prof.press(f"manage_submissions/{PS}", "ada", "autograde", "autograded")
    done = prof.person.run("pgcourse", "grade", PS)
    assert done.returncode == 0, done.stdout + done.stderr
    prof.mark("ada", "2", FOR_ADA)
    rows = tara.api("GET", f"formgrader/api/submitted_notebooks/{PS}/{PS}")
    (bobs,) = [row["id"] for row in rows if row["student"] == "bob"]
    rows = tara.api("GET", f"formgrader/api/grades?submission_id={bobs}")
    (grade,) = [row["id"] for row in rows if row["name"] == WRITTEN]
    tara.api("PUT", f"formgrader/api/grade/{grade}", json={"manual_score": 1, "extra_credit": None})
    return handed_in


def test_each_gets_the_points_of_the_checks_and_of_whoever_marked(graded):
    rows = graded.people["prof"].api("GET", f"formgrader/api/submissions/{PS}")
    assert {row["student"]: row["score"] for row in rows if row["autograded"]} == {
        "ada": sum(FULL.values()) + 2,
        "bob": FULL["check-clamp-score"] + 1,
        "eve": sum(FULL.values()),
    }


def test_the_formgrader_knows_the_names_in_the_roster(graded):
    rows = graded.people["prof"].api("GET", f"formgrader/api/submissions/{PS}")
    names = {row["student"]: (row["last_name"], row["first_name"]) for row in rows}
    assert names == {"ada": ("Test", "Ada"), "bob": ("Test", "Bob"), "eve": ("Test", "Eve")}


@pytest.fixture(scope="module")
def returned(graded, screens):
    """Feedback, made and released by buttons, and fetched: by Ada with the button."""
    screens["prof"].press("manage_assignments", PS, "generate-feedback", "generated feedback")
    screens["prof"].press("manage_assignments", PS, "release-feedback", "released feedback")
    screens["ada"].push("submitted", "Fetch Feedback", "submitted", "view feedback")
    for account in ("bob", "eve"):
        graded.people[account].nbgrader("fetch_feedback")
    return graded


@pytest.mark.parametrize(
    ("account", "points", "words"),
    [("ada", 7, FOR_ADA), ("bob", 4, "The clamp is missing"), ("eve", 5, "stolen []")],
)
def test_students_read_their_feedback(returned, screens, account, points, words):
    screen, home = screens[account], returned.machine.path(f"/home/{account}")
    (page,) = (home / FETCHED).parent.glob("feedback/*/*.html")
    screen.page.goto(f"{ADDRESS}user/{account}/files/{page.relative_to(home).as_posix()}")
    expect(screen.page.locator("body")).to_contain_text(words)
    expect(screen.page.locator("body")).to_contain_text(f"(Score: {points}.0 / 8.0)")
    assert screen.page.title() == PS
    screen.shoot("feedback")


def test_a_students_account_finds_nothing_of_others_on_the_whole_disk(returned):
    passwords = {account: person.password() for account, person in returned.people.items()}
    words = [CANARY, ANSWERS["ada"], ANSWERS["bob"], FOR_ADA, *passwords.values()]
    assert returned.search("eve", words) == set()
    found = returned.search("ada", words)
    assert {word for _, word in found} == {ANSWERS["ada"], FOR_ADA}
    assert all(place.startswith("/home/ada/") for place, _ in found)
    # that the search finds what is there
    assert {
        (f"{COURSE}/gradebook.db", FOR_ADA),
        (f"{COURSE}/solutions/{PS}.py", CANARY),
        (f"{COURSE}/submitted/bob/{NOTEBOOK}", ANSWERS["bob"]),
        (f"/home/bob/{FETCHED}", ANSWERS["bob"]),
        (f"{STATE}/passwords.csv", passwords["ada"]),
    } <= returned.search("root", words, f"/srv /home {STATE}")


def test_processes_tell_a_students_account_no_secret(returned):
    tokens = set(re.findall(r"TOKEN=(\w{16,})", "\n".join(returned.look_at_processes("root").values())))
    seen = returned.look_at_processes("eve")
    own = set(re.findall(r"TOKEN=(\w{16,})", "\n".join(seen.values())))
    assert len(tokens) >= 5
    assert len([place for place in seen if place.endswith("cmdline")]) > 5
    assert len(own) <= 1  # that of her own server
    assert not [place for place, text in seen.items() if any(token in text for token in tokens - own)]


@pytest.mark.parametrize(
    ("owner", "place"),
    [
        ("ada", "/user/ada/lab"),
        ("ada", "/user/ada/api/contents"),
        ("ada", f"/user/ada/files/{FETCHED}"),
        ("ada", "/hub/api/users/ada"),
        ("prof", f"/user/prof/formgrader/api/submissions/{PS}"),
        ("prof", "/user/prof/formgrader/gradebook"),
        ("prof", f"/user/prof/files/solutions/{PS}.py"),
    ],
)
def test_a_students_login_opens_nothing_of_others(returned, owner, place):
    assert returned.people[owner].ask("GET", place).status_code == 200
    assert returned.people["eve"].ask("GET", place).status_code in (403, 404)


@pytest.mark.parametrize(
    ("method", "place"),
    [
        ("GET", "/hub/api/users"),
        ("POST", "/hub/api/users/ada/server"),
        ("DELETE", "/hub/api/users/ada/server"),
        ("POST", "/hub/api/users/ada/tokens"),
        ("GET", "/hub/api/proxy"),
        ("GET", "/hub/api/services"),
        ("GET", "/hub/metrics"),
        ("POST", "/hub/api/shutdown"),
        ("GET", "/hub/admin"),
        ("GET", "formgrader/manage_assignments"),
        ("GET", f"formgrader/api/submissions/{PS}"),
        ("GET", f"files/..%2F..{COURSE.replace('/', '%2F')}%2Fsolutions%2F{PS}.py"),
        ("GET", f"files/all/{PS}.py"),
        ("GET", "files/hers/assignments"),
        ("GET", "http://127.0.0.1:8001/api/routes"),
        ("GET", "http://127.0.0.1:8081/hub/api/users"),
    ],
)
def test_a_students_login_opens_nothing_that_is_not_a_students(returned, method, place):
    eve = returned.people["eve"]
    eve.run("ln", "-sfn", f"{COURSE}/solutions", "all")
    eve.run("ln", "-sfn", "/home/ada", "hers")
    answer = eve.ask(method, place)
    assert 400 <= answer.status_code < 600
    assert CANARY not in answer.text
    assert returned.answers()


def test_a_server_answers_nobody_who_has_found_its_port(returned):
    (server,) = returned.people["ada"].servers()
    environment = returned.machine.path(f"/proc/{server}/environ").read_text()
    address = re.search(r"JUPYTERHUB_SERVICE_URL=([^\0]*)", environment)[1]
    assert returned.people["ada"].ask("GET", f"{address}api/kernels").status_code == 200
    assert returned.people["eve"].ask("GET", f"{address}api/kernels").status_code == 403


def test_nobody_hands_in_for_somebody_else_or_what_the_collector_can_read(returned):
    eve, prof = returned.people["eve"], returned.people["prof"]
    for name in (f"bob+{PS}+2030-01-01 00:00:00.0 UTC+x", f"eve+{PS}+2030-01-01 00:00:00.0 UTC+x"):
        folder = f"{EXCHANGE}/pgcourse/inbound/{name}"
        made = f"umask 0; mkdir '{folder}' && ln -s {COURSE}/solutions/{NOTEBOOK} '{folder}/{PS}.ipynb'"
        assert eve.run("sh", "-c", made).returncode == 0
    said = prof.api("POST", f"formgrader/api/assignment/{PS}/collect")
    assert "it is said to be bob's, and eve has put it there" in said["log"]
    assert f"{PS}.ipynb in it is neither a file nor a folder" in said["log"]
    for account in ("bob", "eve"):
        assert cell(prof.read(f"submitted/{account}/{NOTEBOOK}"), WRITTEN).source == ANSWERS[account]
