"""class.toml: what may stand in it, and the sentence for what may not."""

import pytest

from pgcourse.classroom import classfile
from pgcourse.classroom.classfile import ClassFile, Hub, Limits


def parsed(tmp_path, text):
    path = tmp_path / "class.toml"
    path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
    return classfile.read(path)


def test_all_of_it_may_be_left_out(tmp_path):
    assert parsed(tmp_path, "") == ClassFile(Hub(), Limits())


def test_what_is_said_counts(tmp_path):
    for name in ("certificate", "key"):
        (tmp_path / name).touch()
    said = parsed(
        tmp_path,
        f"""\ufeff[hub]
address = "https://class.example.org"
certificate = "{tmp_path}/certificate"
key = "{tmp_path}/key"
[limits]
memory = "1.5G"
processors = 2
""",
    )
    assert said.hub.address == "https://class.example.org"
    assert classfile.port_of(said.hub.address) == 443
    assert said.limits == Limits("1.5G", 2)


def test_the_example_in_the_docstring_is_one(tmp_path):
    example = "\n".join(line[4:] for line in classfile.__doc__.splitlines() if line.startswith("    "))
    for place in ("/etc/ssl/certs/class.pem", "/etc/ssl/private/class.key"):
        file = tmp_path / place[1:].replace("/", "-")
        file.touch()
        example = example.replace(place, str(file))
    assert parsed(tmp_path, example).limits == Limits()


ADDRESS = 'write one such as "https://class.example.org".'
FAULTS = {
    "[hub\n": "is not TOML: ",
    b"\xff\xfe": "is not text in UTF-8: save it as that.",
    "hub = 3": "[hub] is 3: write a table, with this name in brackets on a line of its own.",
    "[hbu]": "[hbu] is not known: did you mean hub?",
    '[students]\nx = "y"': "[students] is not known: the keys are hub, limits, login.",
    'address = "https://x"': "[address] is not known: the keys are hub, limits, login.",
    '[hub]\nadress = "http://127.0.0.1:8000"': "[hub] adress is not known: did you mean address?",
    "[hub]\naddress = 8000": "[hub] address is 8000: write text in quotes.",
    "[hub]\nhub_port = true": "[hub] hub_port is True: write a whole number.",
    '[hub]\naddress = "class.example.org"': f"[hub] address is 'class.example.org': {ADDRESS}",
    '[hub]\naddress = "http://127.0.0.1:port"': f"[hub] address is 'http://127.0.0.1:port': {ADDRESS}",
    '[hub]\naddress = "http://127.0.0.1:99999"': f"[hub] address is 'http://127.0.0.1:99999': {ADDRESS}",
    '[hub]\naddress = "http://0.0.0.0:8000"': "to which passwords would travel unencrypted: begin it with https://",
    '[hub]\naddress = "https://x.example"': "certificate is '', but the address is https://x.example: name its file.",
    '[hub]\ncertificate = "/x.pem"': "remove it, or begin the address with https://.",
    '[hub]\naddress = "https://x"\ncertificate = "/no.pem"': "certificate is /no.pem, which is no file",
    "[hub]\nsubdomains = true": "address is http://127.0.0.1:8000, below which there are no names: write a host name.",
    '[hub]\naddress = "http://[::1]:8000"\nsubdomains = true': "below which there are no names",
    "[hub]\nhub_port = 0": "[hub] hub_port is 0: write a number from 1 to 65535.",
    "[hub]\nproxy_port = 8000": "one port twice: the address 8000, hub_port 8081, proxy_port 8000; give each its own.",
    '[limits]\nmemory = "2 GB"': "[limits] memory is '2 GB': write a number and K, M, G or T, such as \"2G\".",
    '[limits]\nmemory = "0G"': "[limits] memory is '0G'",
    '[limits]\ninstructors_memory = ""': "[limits] instructors_memory is ''",
    "[limits]\ninstructors_processors = 0": "[limits] instructors_processors is 0: write a number",
    "[limits]\nprocessors = 0": "[limits] processors is 0: write a number of processors, such as 1.0.",
    "[limits]\nprocessors = nan": "[limits] processors is nan: write a number",
    '[limits]\nprocessors = "one"': "[limits] processors is 'one': write a number.",
    "[limits]\nidle_hours = -1": "[limits] idle_hours is -1: write a number of hours, or 0 for never.",
    '[login]\nkind = "guess"': "[login] kind is 'guess'",
}


@pytest.mark.parametrize("text", FAULTS, ids=lambda text: repr(text)[:40])
def test_each_fault_is_one_sentence(tmp_path, text):
    with pytest.raises(ValueError, match=r"\.$|\?$") as raised:
        parsed(tmp_path, text)
    said = str(raised.value)
    assert FAULTS[text] in said
    assert said.startswith(f"{tmp_path}/class.toml")
    assert "\n" not in said


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"class\.toml cannot be read .No such file or directory.: name "):
        classfile.read(tmp_path / "class.toml")


def test_an_unencrypted_address_may_be_asked_for(tmp_path):
    said = parsed(tmp_path, '[hub]\naddress = "http://0.0.0.0:80"\nunencrypted = true')
    assert classfile.port_of(said.hub.address) == 80
