"""The proxy is found and tried before the hub needs it."""

import os

import pytest

from pgcourse.classroom import proxy

REMEDY = "run `sudo apt-get install node-configurable-http-proxy` or, with Node.js 22,"


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install a program under the proxy's name; without a program, there is none."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(proxy, "NAME", "a-proxy")

    def install(lines):
        path = tmp_path / "a-proxy"
        path.write_text(f"#!/bin/sh\n{lines}\n")
        path.chmod(0o755)
        return path

    proxy.command.cache_clear()
    yield install
    proxy.command.cache_clear()


def test_a_missing_proxy_is_one_sentence(installed):
    with pytest.raises(ValueError, match=r"^a-proxy is not installed, without which no page is served: ") as raised:
        proxy.command()
    assert REMEDY in str(raised.value)


def test_one_that_works_is_started_as_it_is(installed):
    path = installed("echo 5.3.0")
    assert proxy.command() == (str(path),)


def test_debians_finds_its_modules_with_another_node(installed):
    path = installed('[ "$NODE_PATH" = /usr/share/nodejs ] || { echo "Error: no module" >&2; exit 1; }; echo 4.5.3')
    assert proxy.command() == ("env", "NODE_PATH=/usr/share/nodejs", str(path))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("echo 'Error: no module' >&2; echo Node.js >&2; exit 1", "does not start (Error: no module): "),
        ("exit 1", "does not start (no reason given): "),
        ("echo 3.1.0", "has the version 3.1.0, and 4.5 or newer is wanted: "),
        ("echo none", "has the version none, and 4.5 or newer is wanted: "),
    ],
)
def test_one_that_does_not_work_is_one_sentence(installed, lines, words):
    path = installed(lines)
    with pytest.raises(ValueError, match="a-proxy") as raised:
        proxy.command()
    assert str(raised.value).startswith(f"{path} {words}{REMEDY}")


@pytest.mark.hub
def test_the_one_of_this_machine_works():
    proxy.command.cache_clear()
    assert os.path.basename(proxy.command()[-1]) == "configurable-http-proxy"
