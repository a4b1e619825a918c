"""The structure of the package as its imports have it: read for the tests, drawn for docs/architecture.md.

python -m tests.architecture     writes docs/architecture.svg
"""

import ast
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "architecture.svg"
# from the ground up: nothing imports upwards; those in one line stand side by side
ORDER = (
    ("problems",),
    ("gradients",),
    ("exact",),
    ("optimisers",),
    ("figures", "testing"),
    ("demos",),
    ("homework",),
    ("checkpoints",),
    ("predict",),
    ("deck",),
    ("tools", "book"),
    ("classroom",),
)
BESIDE = "grading"  # may be imported by all, and imports nothing of them
FLOORS = {wing: floor for floor, wings in enumerate(ORDER) for wing in wings}


def modules():
    """Return {dotted name: Path} of every module of the package."""
    found = {}
    for path in sorted((ROOT / "pgcourse").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports():
    """Return {module: set of the package's modules that it imports}, wherever in the file that stands."""
    known = modules()
    return {name: _imported(ast.parse(path.read_text(encoding="utf-8")), known) for name, path in known.items()}


def _imported(tree, known):
    found, unread = set(), set()
    for node in ast.walk(tree):  # from the outside in
        if node in unread or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            unread |= set(ast.iter_child_nodes(node))  # only type checkers import that
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            inner = {f"{node.module}.{alias.name}" for alias in node.names} & known.keys()
            found |= inner or {node.module}
    return found & known.keys()


def wing(module):
    """Return the folder of pgcourse/ that a module lies in; "" for those that lie in none."""
    _, name, *_ = [*module.split("."), ""]
    return name if (ROOT / "pgcourse" / name).is_dir() else ""


def arrows():
    """Return a Counter of {(wing, wing that it imports): how many modules do}."""
    pairs = [(wing(name), {wing(other) for other in found}) for name, found in imports().items()]
    return Counter((one, other) for one, others in pairs for other in others if one and other and one != other)


def circles():
    """Return the circles among modules, each a sorted list of them; a package is what its __init__ imports."""
    graph, found = imports(), []
    reach = {name: _reachable(graph, name) for name in graph}
    for name in graph:
        together = sorted(other for other in reach[name] if name in reach[other])
        if together and together not in found:
            found.append(together)
    return found


def _reachable(graph, start):
    seen, waiting = set(), [start]
    while waiting:
        for name in graph[waiting.pop()] - seen:
            seen.add(name)
            waiting.append(name)
    return seen


def summary(module):
    """Return the first sentence of a module's docstring, without its full stop."""
    text = ast.get_docstring(ast.parse(modules()[module].read_text(encoding="utf-8")))
    return " ".join(text.split("\n\n")[0].split()).partition(". ")[0].rstrip(".")


def described():
    """Return the arrows as text, which the picture carries, so that a test can tell whether it is out of date."""
    return "; ".join(f"{one} imports {other} {number}" for (one, other), number in sorted(arrows().items()))


def draw():
    """Write the picture: a row a wing, an arc from each wing down to those that it imports."""
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.patches import FancyArrowPatch

    from pgcourse.figures import style

    rows = [name for names in ORDER for name in names if (ROOT / "pgcourse" / name).is_dir()]
    height = {name: 1.0 + row for row, name in enumerate(rows)} | {BESIDE: 0.0}
    with style.context("study"), mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "pgcourse"}):
        figure = Figure(figsize=(12.6, 7), layout="constrained")
        ax = figure.add_subplot()
        ax.set_axis_off()
        ax.set(xlim=(-3.9, 12.2), ylim=(-0.6, len(rows) + 0.6))
        for name, y in height.items():
            dashes = (0, (4, 2)) if name == BESIDE else "-"
            box = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": style.BLACK, "linestyle": dashes}
            ax.text(0, y, name.ljust(11), weight="bold", va="center", family="monospace", bbox=box)
            ax.text(2.35, y, summary(f"pgcourse.{name}").replace("`", ""), va="center", fontsize=11)
        for (one, other), number in sorted(arrows().items()):
            look = style.line(list(height).index(one))
            bow = 0.4 + 0.01 * (height[one] - height[other])
            ax.add_patch(
                FancyArrowPatch(
                    (-0.15, height[one]),
                    (-0.15, height[other] + 0.12),
                    connectionstyle=f"arc3,rad={bow}",
                    arrowstyle="-|>",
                    mutation_scale=13,
                    linewidth=0.8 + 0.25 * number**0.5,
                    color=look["color"],
                )
            )
        figure.savefig(PICTURE, metadata={"Date": None, "Description": described()})


if __name__ == "__main__":
    draw()
