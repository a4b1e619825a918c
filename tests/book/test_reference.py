"""The package, name by name."""

import importlib
import pkgutil

import pytest

from pgcourse.book import reference


@pytest.mark.parametrize("folder", reference.FOLDERS)
def test_a_folders_list_of_its_modules_is_laid_out_as_a_list(folder):
    module = importlib.import_module(f"pgcourse.{folder}")
    names = [found.name for found in pkgutil.iter_modules(module.__path__) if not found.name.startswith("_")]
    lines = reference.laid_out(module.__doc__.splitlines())
    assert [name for name in names if f"``{name}``" not in lines] == []
