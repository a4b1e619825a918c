"""What a check cell may do, given that it does not run in the student's process.

The contract stands in `pgcourse.grading.checks.grader_side` and, for instructors, in `docs/instructors.md`. Here a
source notebook is examined for breaches of it.
"""

import ast
import builtins

import nbformat

MODULES = ("inspect", "IPython", "gc", "__main__")
NAMES = ("get_ipython", "In", "Out", "globals", "locals", "vars", "dir", "eval", "exec")
SETTING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def breaches(notebook: nbformat.NotebookNode) -> list[str]:
    """Find what the check cells of a notebook do that does not work outside of the student's process.

    Parameters
    ----------
    notebook
        A source, with its solutions and hidden tests, or an assignment.

    Returns
    -------
    list of str
        Sentences that name the cell and the line.
    """
    kinds: dict[str, list] = {"check": [], "answer": [], "locked": []}
    for cell in notebook.cells:
        entry = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and isinstance(entry.get("grade_id"), str):
            kind = "answer" if entry.get("solution") else "check" if entry.get("grade") else "locked"
            kinds[kind].append((entry["grade_id"], cell.source))
    answers = {name for _, source in kinds["answer"] for name in _set_by(_parsed(source)[0])}
    known = {name for _, source in kinds["locked"] for name in _imported_by(_parsed(source)[0])} | {*dir(builtins)}
    found: list[str] = []
    for grade_id, source in kinds["check"]:
        tree, line = _parsed(source)
        problems = [(line, "is not Python: magics and shell commands do not work in a check")] if line else []
        own = _set_by(tree)
        problems += [(1, f"defines {name}, which an answer defines too: use another name") for name in own & answers]
        known |= own
        problems += _problems(tree, known)
        found += [f"{grade_id}, line {number}: the check {words}." for number, words in sorted(problems)]
    return found


def _parsed(source):
    """Return a tree, and the number of the line that is not Python, else None."""
    try:
        return ast.parse(source), None
    except SyntaxError as error:
        return ast.Module([], []), error.lineno or 1


def _imported_by(tree):
    """Return the names that the imports of a tree set."""
    imports = (node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom)))
    return {alias.asname or alias.name.partition(".")[0] for node in imports for alias in node.names}


def _set_by(tree):
    """Return the names that a cell sets for the cells after it."""
    names = _imported_by(ast.Module([node for node in tree.body if not isinstance(node, SETTING)], []))
    for statement in tree.body:
        if isinstance(statement, SETTING):
            names.add(statement.name)
        else:
            stored = (node for node in ast.walk(statement) if isinstance(node, ast.Name))
            names |= {node.id for node in stored if isinstance(node.ctx, ast.Store)}
    return names


def _problems(tree, known):
    """Return (line, words) of what a check does; known are the names that are not the student's."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            used = [alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            used = [(node.module or "").partition(".")[0]]
        elif isinstance(node, ast.Name):
            used = [node.id] if node.id in NAMES else []
        else:
            used = []
        found += [
            (node.lineno, f"uses {name}, which sees nothing of the student's process: test values and calls")
            for name in used
            if name in (*MODULES, *NAMES)
        ]
        if isinstance(node, ast.Attribute) and node.attr.startswith("__") and node.attr != "__name__":
            found.append((node.lineno, f"reads {node.attr}, which a function in another process does not have"))
        foreign = [name for part in _classes(node) for name in _names(part) - known]
        found += [
            (node.lineno, f"compares with the class {name}, which is the student's: test what it does")
            for name in foreign
        ]
    return found


def _names(tree):
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _classes(node):
    """Return the parts of a node that stand for classes to compare with: of isinstance(x, A) and type(x) is A."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) > 1:
        return node.args[1:] if node.func.id in ("isinstance", "issubclass") else []
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        asks = [side for side in sides if isinstance(side, ast.Call) and _names(side.func) == {"type"}]
        return [side for side in sides if side not in asks] if asks else []
    return []
