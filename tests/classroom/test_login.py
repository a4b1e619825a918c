"""Logins from class.toml: read, refused in a sentence, given to JupyterHub's own classes."""

import dataclasses
import re
import tomllib
from types import SimpleNamespace

import pytest
from traitlets.config import Config

from pgcourse.classroom import login
from tests.support.course import ROOT
from tests.support.waiting import completed

EXAMPLES = sorted((ROOT / "pgcourse" / "classroom" / "examples").glob("*.toml"))
EXAMPLE = {path.stem: tomllib.loads(path.read_text(encoding="utf-8"))["login"] for path in EXAMPLES}
OAUTH, LTI = EXAMPLE["oauth"], EXAMPLE["lti"]
Person = dataclasses.make_dataclass("Person", ["id", "email"])
ADA, BOB = (Person(name, f"{name.title()}@example.org") for name in ("ada", "bob"))


def authenticator(tmp_path, table, people=(ADA, BOB)):
    """Return the authenticator that JupyterHub makes of a table."""
    table = dict(table)
    if "client_secret_file" in table:
        path = tmp_path / "secret"
        path.touch(mode=0o600)
        path.write_text("hush\n")
        table["client_secret_file"] = str(path)
    config = Config()
    login.configure(config, login.read(table), people)
    from pgcourse.classroom import authenticators

    name = config.JupyterHub.authenticator_class.removeprefix(f"{authenticators.__name__}.")
    return getattr(authenticators, name)(config=config)


def logged_in(one, claims):
    """Return the name under which JupyterHub lets in whom these claims describe; None if it does not."""

    async def authenticate(handler, data, **options):
        name = one.user_info_to_username(data) if hasattr(one, "user_info_to_username") else one.get_username(data)
        return {"name": name, "auth_state": {}, "admin": None}

    one.authenticate = authenticate
    return (completed(one.get_authenticated_user(None, claims)) or {}).get("name")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_each_example_is_taken_by_jupyterhubs_own_classes_without_a_warning(path, tmp_path, caplog):
    table = EXAMPLE[path.stem]
    one = authenticator(tmp_path, table)
    assert one.allowed_users == {"ada", "bob"}
    assert not one.allow_all
    assert not one.allow_existing_users
    for key in (table.keys() & set(one.trait_names())) - {"claim"}:
        assert getattr(one, key) in (table[key], {table[key]})
    assert getattr(one, "client_secret", "hush") == "hush"
    assert not caplog.records  # traitlets warns of a setting that a class does not have


def test_what_the_examples_leave_out_may_be_put_in():
    texts = [path.read_text(encoding="utf-8") for path in EXAMPLES]
    others = [re.sub(r"^# (claim|match) = ", r"\1 = ", text, flags=re.M) for text in texts]
    found = [login.read(tomllib.loads(text)["login"]) for text in others]
    assert [getattr(one, "match", None) for one in found] == ["id", "id", None]


def test_a_missing_kind_means_this_machines_accounts():
    assert login.read({}) == login.Pam()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"kind": "saml"}, r"kind is 'saml': set it to one of pam, oauth, lti, in quotes\."),
        ({"kind": ["pam"]}, r"kind is \['pam'\]: set it to"),
        ({"kind": "pam", "issuer": "x"}, r"issuer is not known: the keys are service\."),
        ({**LTI, "isuer": "x"}, r"isuer is not known: did you mean issuer\?"),
        ({"kind": "lti", "issuer": "https://x.org"}, r'"lti" lacks client_id, authorize_url, jwks_endpoint: add'),
        ({**LTI, "client_id": 7}, r"client_id is 7: write text in quotes\."),
        ({**LTI, "client_id": ""}, r"client_id is empty: fill it in\."),
        ({**OAUTH, "scope": "openid"}, r"scope is 'openid': write a list of texts in quotes\."),
        ({**OAUTH, "scope": [1]}, r"scope is \[1\]: write a list"),
        ({**OAUTH, "unverified_email": "yes"}, r"unverified_email is 'yes': write true or false\."),
        ({**OAUTH, "match": "name"}, r"match is 'name': write \"e-mail\" or \"id\", which the roster has\."),
        ({**LTI, "jwks_endpoint": "http://x.org/keys"}, r"jwks_endpoint is http://x.org/keys: write .* https://"),
        ({**LTI, "authorize_url": "x.org"}, r"authorize_url is x.org: write the whole address"),
        ({**LTI, "authorize_url": "https://[x.org"}, r"authorize_url is https://\[x.org: write the whole address"),
        ({**OAUTH, "token_url": "ftp://127.0.0.1/"}, r"token_url is ftp:"),
        ({**OAUTH, "client_secret_file": "secret"}, r"client_secret_file is secret: write the whole path, from / on\."),
        ({**OAUTH, "client_secret": "hush"}, r"client_secret is not known: did you mean client_secret_file\?"),
    ],
)
def test_each_fault_is_one_sentence_that_names_the_key(table, words):
    with pytest.raises(ValueError, match=rf"^a/class\.toml: \[login\] (of the kind )?{words}") as told:
        login.read(table, "a/class.toml")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("people", "words"),
    [
        ([ADA, Person("cleo", " ")], "cleo has no e-mail in the roster"),
        (
            [ADA, Person("cleo", "ADA@example.org")],
            "ada and cleo have the same",
        ),
    ],
)
def test_a_roster_that_does_not_tell_people_apart_is_refused(people, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        authenticator(tmp_path, LTI, people)
    assert authenticator(tmp_path, {**LTI, "match": "id", "claim": "sub"}, people).people == {
        "ada": "ada",
        "cleo": "cleo",
    }


def test_a_secret_that_others_can_read_is_refused(tmp_path):
    path = tmp_path / "secret"
    with pytest.raises(ValueError, match=rf"The secret in {path} cannot be read \(No such file or directory\)"):
        login.secret(path)
    path.write_text("hush\n")
    path.chmod(0o640)
    with pytest.raises(ValueError, match=rf"Others can read the secret in {path}: run `chmod 600 {path}`\."):
        login.secret(path)
    path.chmod(0o600)
    assert login.secret(path) == "hush"
    path.write_text("\n")
    with pytest.raises(ValueError, match=f"{path} is empty"):
        login.secret(path)


BY_ID = {"match": "id", "claim": "custom_username"}
CUSTOM = "https://purl.imsglobal.org/spec/lti/claim/custom"
VERIFIED = {"email": "Ada@Example.org", "email_verified": True}


@pytest.mark.parametrize(
    ("table", "claims", "name"),
    [
        (LTI, {"email": " ADA@example.org", "sub": "7"}, "ada"),
        (LTI, {"email": "eve@example.org", "sub": "bob"}, "eve@example.org is not in this class: ask"),
        (LTI, {"email": "bob"}, "bob is not in this class"),  # an id is no address
        (LTI, {"sub": "bob"}, r"does not say who you are here \(no email\)"),
        (LTI, {"email": ["ada@example.org"]}, r"\(no email\)"),
        ({**LTI, **BY_ID}, {CUSTOM: {"username": "bob"}, "email": "ada@example.org"}, "bob"),
        ({**LTI, **BY_ID}, {CUSTOM: {"username": "Bob"}}, "Bob is not in this class"),
        ({**LTI, **BY_ID}, {CUSTOM: None, "sub": "bob"}, r"\(no custom_username\)"),
        (OAUTH, VERIFIED, "ada"),
        (OAUTH, {**VERIFIED, "email_verified": "true"}, "ada"),
        (OAUTH, {**VERIFIED, "email_verified": False}, "Your address Ada@Example.org has not been verified"),
        (OAUTH, {"email": "ada@example.org"}, "has not been verified"),
        ({**OAUTH, "unverified_email": True}, {"email": "ada@example.org"}, "ada"),
        ({**OAUTH, "match": "id", "claim": "preferred_username"}, {"preferred_username": "bob"}, "bob"),
        ({**OAUTH, "match": "id", "claim": "preferred_username"}, {"preferred_username": "eve"}, "eve is not in this"),
    ],
)
def test_a_claim_is_looked_up_in_the_roster_and_is_no_name_itself(table, claims, name, tmp_path):
    from tornado.web import HTTPError

    one = authenticator(tmp_path, table)
    if name in ("ada", "bob"):
        assert logged_in(one, claims) == name
    else:
        with pytest.raises(HTTPError, match=name) as told:
            logged_in(one, claims)
        assert told.value.status_code == 403


@pytest.mark.parametrize("table", [{}, OAUTH, LTI], ids=["pam", "oauth", "lti"])
def test_whoever_is_taken_from_the_roster_is_out(table, tmp_path):
    one = authenticator(tmp_path, table, [ADA])
    one.system_user_exists = lambda user: True
    coming = one.add_user(SimpleNamespace(name="bob"))  # as a hub does that knows bob from before
    if coming:
        completed(coming)
    assert [completed(one.refresh_user(SimpleNamespace(name=name))) for name in ("ada", "bob")] == [True, False]
    assert one.auth_refresh_strict


def test_pam_lets_in_nobody_who_has_an_account_but_is_not_in_the_roster(tmp_path, monkeypatch):
    from jupyterhub.auth import pamela

    monkeypatch.setattr(pamela, "authenticate", lambda *arguments, **options: None)
    monkeypatch.setattr(pamela, "check_account", lambda *arguments, **options: None)
    one = authenticator(tmp_path, {})
    found = {
        name: completed(one.get_authenticated_user(None, {"username": name, "password": "x"}))
        for name in ("ada", "root", "Bob")
    }
    assert {name: user and user["name"] for name, user in found.items()} == {"ada": "ada", "root": None, "Bob": "bob"}
