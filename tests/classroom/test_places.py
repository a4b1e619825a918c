"""Where the parts of a class lie."""

import dataclasses
from pathlib import Path

from pgcourse.classroom.places import Places


def test_below_a_folder_each_place_is_its_own(tmp_path):
    places = Places.below(tmp_path)
    folders = [getattr(places, field.name) for field in dataclasses.fields(places)]
    assert {folder.parent for folder in folders} == {tmp_path}
    assert len(set(folders)) == len(folders)
    assert places.python.is_relative_to(places.environment)
    assert places.jupyter("student") != places.jupyter("instructor")


def test_what_a_real_installation_keeps_secret_lies_in_no_place_that_all_read():
    places = Places()
    open_to_all = (places.environment, places.exchange, places.homes)
    for secret in (places.state, places.course):
        assert not any(secret.is_relative_to(place) or place.is_relative_to(secret) for place in open_to_all)
    assert all(isinstance(place, Path) and place.is_absolute() for place in (*open_to_all, places.settings))
