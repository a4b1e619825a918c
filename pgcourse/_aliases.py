"""Modules under the names that they had in version 0.1, which notebooks already handed out import; for one version."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

ALIASES = {
    "pgcourse.arena": "pgcourse.demos._regulator_plane",
    "pgcourse.ascent": "pgcourse.optimisers.ascent",
    "pgcourse.bandits": "pgcourse.problems.bandits",
    "pgcourse.controls": "pgcourse.figures.controls",
    "pgcourse.densities": "pgcourse.gradients.densities",
    "pgcourse.estimators": "pgcourse.gradients.estimators",
    "pgcourse.learning": "pgcourse.optimisers.runs",
    "pgcourse.left_right": "pgcourse.exact.one_decision",
    "pgcourse.likelihood": "pgcourse.exact.likelihood",
    "pgcourse.live": "pgcourse.figures.live",
    "pgcourse.mdp": "pgcourse.problems.mdp",
    "pgcourse.plots": "pgcourse.figures.plots",
    "pgcourse.policies": "pgcourse.gradients.policies",
    "pgcourse.practice": "pgcourse.optimisers.cartpole",
    "pgcourse.race": "pgcourse.optimisers.race",
    "pgcourse.regulator": "pgcourse.gradients.linear_gaussian",
    "pgcourse.sampling": "pgcourse.gradients.fast",
    "pgcourse.search": "pgcourse.optimisers.search",
    "pgcourse.style": "pgcourse.figures.style",
    "pgcourse.tasks": "pgcourse.homework",
    "pgcourse.tasks.inputs": "pgcourse.homework.public",
    "pgcourse.trajectories": "pgcourse.gradients.trajectories",
    "pgcourse.tree": "pgcourse.exact.tree",
}


class AliasFinder:
    """Imports the module of today under its old name; both names then stand for the same module.

    It is a finder and a loader by its methods: their base classes import half of the standard library, which PYTHONPATH
    may hide, and `pgcourse` must live to say so.
    """

    def find_spec(self, name: str, path: object = None, target: object = None) -> "ModuleSpec | None":
        """Return a spec for an old name, None for any other."""
        if name not in ALIASES:
            return None
        from importlib.machinery import ModuleSpec

        loader: Any = self
        return ModuleSpec(name, loader)

    def create_module(self, spec: "ModuleSpec") -> "ModuleType":
        """Return the module of today."""
        from importlib import import_module

        module = import_module(ALIASES[spec.name])
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: "ModuleType") -> None:
        """Give the module its own spec back, which the import system has just replaced."""
        if module.__spec__ is not None:  # for the type checker: it is never None here
            module.__spec__ = module.__spec__.loader_state


def install() -> None:
    """Let old names be imported; once is enough."""
    if not any(isinstance(finder, AliasFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, AliasFinder())  # else an empty folder that an older version left would be found first
