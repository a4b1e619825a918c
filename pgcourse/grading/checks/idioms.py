"""What check cells of other courses do that cannot be graded here, and what to write instead.

Whether a check can be graded is found out by grading (`pgcourse.grading.batch.contract`); where it cannot, the reason
is named here. A few idioms are refused by their text, since a right and a wrong answer would pass alike: what they ask
about is in the student's process, and they are content where they find nothing.
"""

import ast
import builtins
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from pgcourse.grading.checks import identity, plain
from pgcourse.grading.checks.cells import outside_functions, parsed

CALLS = "test what its functions return"
PASSED = "let the task take it as an argument, and pass your own"
MODULES = {
    "inspect": CALLS,
    "dis": CALLS,
    "doctest": "write what a docstring's examples say as `assert`, since a student may change the docstring",
    "IPython": CALLS,
    "gc": CALLS,
    "weakref": CALLS,
    "__main__": CALLS,
    "cProfile": CALLS,
    "profile": CALLS,
    "tracemalloc": CALLS,
}
NAMES = {
    "get_ipython": CALLS,
    "In": CALLS,
    "Out": "give the value a name in the answer, and test that",
}
KNOWN = r"(Error|Exception|Warning|Enum|Flag)\b"  # bases of classes whose objects do not arrive as copies
ATTRIBUTES: tuple[str, ...] = ("__code__", "__closure__", "shares_memory", "may_share_memory", "OWNDATA", "owndata")
ATTRIBUTES += ("__cause__", "__context__", "tb_next", "tb_frame", "extract_tb", "setprofile", "settrace")
ATTRIBUTES += ("active_count", "getrefcount", "isfortran", "process_time", "thread_time", "getrusage", "get_fignums")
# settings, of which each process has its own, and lists of files, in which what a student's code wrote is missing
SETTING = re.compile(
    r".*(\.flags)?(\['(\w_CONTIGUOUS|WRITEABLE|ALIGNED)'\]|\.(\w_contiguous|contiguous|writeable|aligned))|[\w.]*rcParams\[.*\]|(pd|pandas)\.options\..+|"
    r"os\.environ\[(?!'(PRIVATE_FILES|NBGRADER)).*\]|[\w.]*(get_option|getcontext|get_printoptions|getlocale|plt\.gc[af])\(.*?\)"
)
LISTING = re.compile(r"(?:(?:len|list)\()*((?:\w+\.)*(?:listdir|i?glob|iterdir|environ|getenv)\b)")
EMPTY = {"False", "None", "0", "[]", "()", "{}", "''", "set()"}
USUAL_MODULES = {"builtins", "__builtins__", "np", "pd", "plt", "math", "random", "time", "os", "sys", "requests"}
SHADOWING = {name for name, value in vars(builtins).items() if callable(value)} - {"input", "print"}
# functions that say no, and assertions that pass, where they can ask nothing
VAIN = re.compile(r"(?:.+\.)?(?:issparse|isspmatrix\w*|is_dataclass|exists|isfile|isdir|is_file|is_dir)")
CONTENT = re.compile(r"(?:.+\.)?assertNo(?:tIsInstance|Logs)")
PLAIN = {name.rpartition(".")[2] for name in plain.NAMED} | {"DataFrame", "Series", "Index"}
# what runs the text or the bytes that it is given, in the process of the checks
RUNNING = re.compile(
    r"(?:\w+\.)*(?:eval|exec|sympify|parse_expr|lambdify|system|popen)|(?:sympy|sp)\.S|subprocess\.\w+|"
    r"(?:pickle|dill|cloudpickle|marshal|joblib)\.loads?|(?:np|numpy)\.load|(?:pd|pandas)\.read_pickle"
)
RUNS = "runs what the student's process returns by {}, in the process where the checks run"
PATCHED = re.compile(r"builtins\.(input|print)|sys\.std(in|out|err)|.*\.show")  # carried with a call, or not needed

# (what an error matches, what the check does, what to write instead)
ERRORS = (
    (r"'await' outside", "awaits a student's coroutine", "let the answer have a function that runs it"),
    (r"ModuleNotFoundError: No module named 'nose", "imports nose, which is no longer maintained", "use `assert`"),
    (
        r"(?:ModuleNotFoundError|ImportError): No module named '([\w.]+)'",
        "imports {0}, which is not installed here",
        "install it for the grader, or put it beside the source notebook: what an answer writes to a file is not found",
    ),
    (
        r"SyntaxError|IndentationError",
        "is not Python",
        "write plain Python, with a magic or a shell command on a line of its own if at all",
    ),
    (r"names of the submission cannot be listed", "lists the student's names", "ask for them one by one"),
    (r"NameError: name '(\w+)'", "uses {0}, which nothing has defined", "define it in the check or in a locked cell"),
    (
        r"what runs as code must stand in the check",
        "runs a text that may be the student's, in the process where the checks run",
        "let the answer compute it, and compare the result",
    ),
    (
        r"truth value of an array with more than one",
        "compares what holds arrays, of which there are copies here",
        "compare the arrays one by one, as by `np.array_equal`",
    ),
    (
        r"(\d+ MB) are too much",
        "asks for {0} of the student's data at once",
        "let a function of the answer return what is to be compared",
    ),
    (
        r"assignment destination is read-only",
        "changes an array that shares memory with one of another type of numbers",
        "change what was passed itself, or compare values",
    ),
    (
        r"FileNotFoundError",
        "opens a file that is not beside the source notebook",
        "put it there, or let the answer return what it writes",
    ),
    (
        r"KeyError: (.*)",
        "looks up {0}, which the answer's data does not hold as it arrives here",
        "let the answer return a plain dict that holds it",
    ),
    (
        r"(?:'|\ba )(Add|Mul|Pow|Symbol|Integer|Rational|Equality|\w*DenseMatrix)\b",
        "uses SymPy's {0}, which stays in the student's process",
        "let the answer return numbers, or a function made by `sympy.lambdify`, and compare those",
    ),
    (
        r"unhashable type: '(\w+)'",
        "looks a student's {0} up, or puts it into a set",
        "let the answer return numbers or text",
    ),
    (
        r"must be a (?:real )?dict, not Names|globals must be a real dict|'Names' object has",
        "hands `globals()` on",
        "leave it out: `eval` and `exec` find the same names without it",
    ),
    (
        r"\"?freq\"? are different",
        "compares the frequency (`freq`) of dates, which does not travel",
        "write `check_freq=False`",
    ),
    (
        r"cannot pickle 'socket' object",
        "copies an object of the student's",
        "let a function of the answer copy it and return what the copy holds",
    ),
    (
        r"matmul: Input operand|ufunc '\w+' did not contain a loop|loop of ufunc does not support",
        "gives NumPy an object that stays in the student's process",
        "let the answer return an array, as by `toarray()`",
    ),
    (r"PicklingError|Can't pickle", "hands a student's function to another process", "call it in the check"),
    (r"called match pattern must be a type", "uses a class of the student's in `case`", "ask by `isinstance`"),
    (
        r"re\.(?:Match|Pattern)' |a (?:Match|Pattern) of the submission",
        "uses a regular expression of the student's",
        "let the answer be its text, and match by that",
    ),
    (
        r"ProtocolError: an? (?:answer|value) cannot be read",
        "asks for a value that cannot travel",
        "let a function of the answer return numbers, text, lists or arrays",
    ),
    (r"StdinNotImplementedError", "calls what asks for input", PASSED),
    (
        r"(?:catching classes|exceptions must|issubclass\(\) arg|isinstance\(\) arg|metaclass|bases must)",
        "uses a class of the student's as a class",
        "test what its objects do, and expect exceptions of Python's own types",
    ),
    (
        r"(?:not be given a new|is not asked for) (\w+)",
        "sets or reads {0} of a student's object",
        "let a method of its class do so",
    ),
    (
        r"SystemExit|ended the connection",
        "lets the student's code end its process",
        "let the task raise an exception of another type",
    ),
    (r"coroutine", "awaits a student's coroutine", "let the answer have a function that runs it"),
    (
        r"TypeError: a (\w+) cannot be passed",
        "passes a {0} to a student's function",
        "pass numbers, text, lists, tuples, sets, dicts, arrays, random generators or functions",
    ),
    (
        r"TypeError: '(\w+)' object is not (?:iterable|an iterator|subscriptable)|of type '(\w+)' has no len",
        "goes through a student's {0}",
        "let the answer return a list",
    ),
    (
        r"AttributeError: '(\w+)' object has no attribute '(\w+)'",
        "reads {1} of a student's {0}",
        "let a function of the answer return it",
    ),
    (
        r"of the submission|unsupported operand|not supported between|object is not",
        "computes with an object of the student's",
        "let a function of the answer return numbers, text, lists or arrays, and compare those",
    ),
    (
        r"PointsError",
        "ends in a number that cannot be its points",
        "let its last line come to at least 0 and at most all its points",
    ),
    (r"(?:CheckTimeout|CellTimeout|DeadKernel)Error", "does not come to its end", "let it do less"),
)
# (what the text of a check up to the line that failed matches, what it does, what to write instead)
LIKELY = (
    (
        r"\btype\([^=]*\) (?:is|==|in) |__class__ (?:is|==|in) ",
        "asks for the type of what stays in the student's process",
        "use `isinstance`",
    ),
    (
        r"\.flags\b|\.strides\b",
        "asks how an array lies in memory, which does not travel",
        "compare its values",
    ),
    (r"\.freq\b", "asks for the frequency of dates, which does not travel", "compare the dates"),
    (
        r"\bcopy\.(?:deep)?copy\(",
        "copies an object of the student's",
        "let a function of the answer copy it and return what the copy holds",
    ),
    (r"\bhash\(", "asks for a hash, which differs between processes", "compare what is hashed"),
    (
        r"environ\b|getenv|rcParams|_option\(|pd\.options|getcontext|printoptions|recursionlimit|locale",
        "sets or asks for a setting, which each process has for itself",
        "let a function of the answer take or return its value",
    ),
    (
        r"np\.(?:as)?array\((?![\[(])",
        "makes an array of what may stay in the student's process",
        "let the answer return the array",
    ),
    (r"\bis (?!None|True|False|not )|\bid\(", "asks whether two values are one object", "compare their values"),
    (
        r"\bplt\.(gcf|gca)\b",
        "looks for a figure by {0}",
        "let the answer give its axes a name, and ask those",
    ),
    (r"redirect_stdout|sys\.stdout|capture_output", "looks at what is printed", "let the answer return the text"),
    (r"\binput\b", "calls what asks for input", PASSED),
    (
        r"\bseed\(|RandomState|set_state",
        "sets the state of random numbers",
        "pass a generator to the student's function",
    ),
    (
        r"os\.path|\bPath\(|\bopen\(|\.exists\(",
        "looks for a file that a student's code writes",
        "let the answer return what it writes",
    ),
    (r"assert(Logs|NoLogs)|\bcaplog\b", "looks at what is logged", "let the answer return the text, or warn"),
    (r"redirect_stderr|sys\.stderr", "looks at what is printed to stderr", "let the answer return the text"),
    (
        r"\.(close|throw)\(",
        "ends a student's generator by {0}, which does not reach it",
        "let a function of the answer do so",
    ),
    (r"\btraceback\.", "looks at the lines of the student's process", CALLS),
    (
        r"\b(issparse|is_dataclass|asdict|astuple)\(|\bdataclasses\.(fields|replace)",
        "asks {0} of what stays in the student's process",
        "let a method or a function of the answer return numbers, text, lists or arrays",
    ),
    (
        r"\b(hasattr|getattr|str|repr|len|callable|isinstance|id)\(|\.(__\w+__)",
        "asks {0} of what stays in the student's process",
        CALLS,
    ),
)
UNKNOWN = (
    "fails",
    f"correct the solution if it fails in JupyterLab too, else {CALLS}: what else is in its process is not seen",
)


class Breach(NamedTuple):
    """What a check does that cannot be graded: its line, what it does there, and what to write instead."""

    line: int
    does: str
    mend: str


def unseen(source: str, answers: Collection[str] = (), copied: bool = False) -> list[Breach]:
    """Find what a check asks of the student's process and cannot be told, in the order of its lines.

    Parameters
    ----------
    source
        Of the check.
    answers
        Names that answers define: what comes from them may not be run as code.
    copied
        Whether the notebook has classes outside of its answers: objects of theirs arrive as copies.
    """
    tree = parsed(source)
    said = _made_of(tree, lambda value: bool(VAIN.fullmatch(_called(value))))
    found = [breach for node in ast.walk(tree) for breach in _unseen(node, _stored(tree), said)]
    found += _run(tree, set(answers))
    found += _replaced(tree, set(answers))
    found += _own_process(tree, set(answers))
    return sorted({*found, *(Breach(*breach) for breach in identity.breaches(tree, copied))})


def reason(source: str, line: int | None, error: str, answers: set[str]) -> Breach:
    """Return why a check failed for the solution.

    Parameters
    ----------
    source
        Of the check.
    line
        At which it failed; None if at none.
    error
        In one line.
    answers
        Names that answers define.
    """
    tree = parsed(source)
    for base in sorted(_bases(tree) & answers):
        return Breach(line or 1, f"inherits from {base}, which is the student's", "let the answer define the subclass")
    if (unset := re.match(r"NameError: name '(\w+)'", error)) and unset[1] in _stored(tree):
        return Breach(line or 1, f"sets {unset[1]}, which the answer's functions do not notice", PASSED)
    before = "\n".join(source.splitlines()[:line])
    if unset and unset[1] in answers and re.search(r"\b(eval|exec)\(", before):
        does = (
            f"looks {unset[1]} up by a text in a comprehension or a function, where no name of the student's is found"
        )
        return Breach(line or 1, does, "write the name itself there, or a loop that stands in no function")
    for text, patterns in ((error, ERRORS), (before, LIKELY)):
        for pattern, does, mend in patterns:
            if found := re.search(pattern, text):
                groups = [group for group in found.groups() if group]
                return Breach(line or 1, does.format(*groups), mend)
    for own in sorted(_stored(tree) & answers):
        return Breach(line or 1, f"sets {own}, which the answer's functions do not notice", PASSED)
    return Breach(line or 1, *UNKNOWN)


def names_set(source: str) -> set[str]:
    """Return the names that an answer's cell defines; none if it is not Python."""
    defining = (ast.FunctionDef, ast.ClassDef)
    body = parsed(source).body
    others = ast.Module([node for node in body if not isinstance(node, defining)], [])
    return {node.name for node in body if isinstance(node, defining)} | _stored(others)


def has_classes(sources: Iterable[str]) -> bool:
    """Say whether a cell defines a class whose objects arrive as copies: any but exceptions and enumerations."""
    classes = [node for source in sources for node in ast.walk(parsed(source)) if isinstance(node, ast.ClassDef)]
    return any(not re.search(KNOWN, " ".join(map(ast.unparse, node.bases))) for node in classes)


def _stored(tree):
    """Return the names that code assigns to."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _bases(tree):
    """Return the names of the classes from which a check's own classes inherit."""
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    return {base.id for each in classes for base in each.bases if isinstance(base, ast.Name)}


def _unseen(node: Any, own: set[str], said: set[str]) -> Iterator[Breach]:
    """Yield what one node of a check asks of the student's process.

    `own` are the names that the check sets, `said` those that hold what a function of VAIN returned.
    """
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        for name in (name.partition(".")[0] for name in names):
            if name in MODULES:
                yield Breach(node.lineno, f"uses {name}, which sees nothing of the student's process", MODULES[name])
    if isinstance(node, ast.Name) and node.id in NAMES.keys() - own:
        yield Breach(node.lineno, f"uses {node.id}, which sees nothing of the student's process", NAMES[node.id])
    read = [node.attr] if isinstance(node, ast.Attribute) else []
    read += [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) else []
    for name in set(read) & {*ATTRIBUTES}:
        yield Breach(node.lineno, f"reads {name}, which is not that of the student's process", CALLS)
    if isinstance(node, ast.Attribute) and ast.unparse(node) == "sys.modules":
        yield Breach(node.lineno, "reads sys.modules, which is not that of the student's process", CALLS)
    if asked := _asked_in_vain(node, said):
        yield Breach(node.lineno, f"asks {asked} of what stays in the student's process", CALLS)
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.IsNot, ast.NotEq, ast.NotIn)):
        kinds = [side for side in (node.left, *node.comparators) if not _is_call_of_type(side)]
        if len(kinds) == len(node.comparators) and not all(map(_is_plain_type, kinds)):
            yield Breach(node.lineno, "asks for the type of what stays in the student's process", "use `isinstance`")
    if (replaced := _patched(node)) and not PATCHED.fullmatch(replaced):
        yield Breach(node.lineno, f"replaces {replaced}, which the student's process does not notice", PASSED)


def _run(tree, theirs):
    """Yield where something runs as code what comes from one of the student's names."""
    theirs = set(theirs)
    theirs |= _made_of(tree, lambda value: bool(_names(value) & theirs))
    theirs |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}  # whatever a helper is called with
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        function, given = ast.unparse(call.func), set().union(*map(_names, call.args))
        if RUNNING.fullmatch(function) and given & theirs:
            yield Breach(call.lineno, RUNS.format(function), "let the answer compute it, and compare the result")


def _made_of(tree, known):
    """Return the names that a check gives to values of which `known` is true, or in which such a name is used."""
    sources = [(node.targets, node.value) for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    sources += [([node.target], node.value) for node in ast.walk(tree) if isinstance(node, ast.NamedExpr)]
    sources += [([node.target], node.iter) for node in ast.walk(tree) if isinstance(node, (ast.For, ast.comprehension))]
    given = [(set().union(*map(_names, targets)), value) for targets, value in sources]
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value]
        given += [({function.name}, value) for value in returned]
    made: set[str] = set()
    before = None
    while made != before:
        before = set(made)
        for names, value in given:
            if known(value) or _names(value) & made:
                made |= names
    return made


def _denied(node):
    """Return what an expression says is false, empty or nowhere in; None if it says nothing of the kind."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return node.operand
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.NotIn):
        return node.comparators[0]
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Eq, ast.Is)):
        return node.left if ast.unparse(node.comparators[0]) in EMPTY else None
    denies = re.fullmatch(r"(?:.+\.)?assert(False|NotIn|IsNone|Equals?)", _called(node))
    if not denies or not node.args or (denies[1].startswith("Equal") and ast.unparse(node.args[-1]) not in EMPTY):
        return None
    return node.args[1 if denies[1] == "NotIn" else 0]


def _asked_in_vain(node, found):
    """Return the function of which a check expects a no, which it says anyway since it can ask nothing; "" if none.

    `found` are the names of what such functions returned before.
    """
    function = _called(node)
    if CONTENT.fullmatch(function):
        return function
    denied = _denied(node)
    if isinstance(denied, ast.Name) and denied.id in found:
        return f"for `{denied.id}`"
    function = _called(denied)
    return function if VAIN.fullmatch(function) else ""


def _is_call_of_type(node):
    return _called(node) == "type" and len(node.args) == 1


def _is_plain_type(node):
    """Say whether an expression names a type whose values travel, or is a tuple, list or set of nothing else."""
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return all(map(_is_plain_type, node.elts))
    return _is_call_of_type(node) or ast.unparse(node).rpartition(".")[2] in PLAIN


def _replaced(tree, theirs):
    """Yield where a check gives a function of its own the name of a student's; the student's go on calling theirs."""
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    for node in outside_functions(tree.body):
        if isinstance(node, ast.FunctionDef):
            own = {node.name}
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            own = set().union(*map(_names, node.targets))
        elif isinstance(node, ast.Assign) and ast.unparse(node.value) in {"None", *functions}:
            own = set().union(*map(_names, node.targets)) & SHADOWING
        else:
            continue
        for name in sorted(own & (theirs | SHADOWING)):
            yield Breach(node.lineno, f"sets {name}, which the answer's functions do not notice", PASSED)


def _own_process(tree, theirs):
    """Yield where a check changes or asks for what the student's process has for itself: modules, settings, files."""
    settings = _made_of(tree, lambda value: any(SETTING.fullmatch(ast.unparse(part)) for part in ast.walk(value)))
    listed = _made_of(tree, lambda value: bool(LISTING.search(ast.unparse(value))))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    modules = USUAL_MODULES - theirs - _stored(tree)
    modules |= {alias.asname or alias.name for node in imports for alias in node.names}
    node: Any
    for node in ast.walk(tree):
        if replaced := _replaced_in(node, modules):
            yield Breach(node.lineno, f"replaces {replaced}, which the student's process does not notice", PASSED)
        if isinstance(node, ast.FunctionDef):
            for name in _deleted(node):
                words = f"deletes {name} within a function, which the answer's functions do not notice"
                yield Breach(node.lineno, words, "delete it outside of the function")
        if isinstance(node, ast.Assert) or re.match(r"(.+\.)?assert", _called(node)):
            asked = sorted(filter(None, (_asked_of_itself(part, settings, listed) for part in ast.walk(node))), key=len)
            if asked:
                yield Breach(node.lineno, f"asks for {asked[-1]}, which is not that of the student's process", CALLS)


def _replaced_in(node, modules):
    """Return what of a module gets a new value or is deleted; "" for anything else."""
    if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
        module, replaced = ast.unparse(node.value), ast.unparse(node)
    elif _called(node) in ("setattr", "delattr") and len(node.args) > 1:
        module = ast.unparse(node.args[0])
        replaced = f"{module}.{getattr(node.args[1], 'value', '')}"
    else:
        return ""
    return replaced if module in modules and not PATCHED.fullmatch(replaced) else ""


def _deleted(function):
    """Return the global names that a function deletes."""
    parts = [*ast.walk(function)]
    told = {name for part in parts if isinstance(part, ast.Global) for name in part.names}
    return sorted(told & {part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Del)})


def _asked_of_itself(part, settings, listed):
    """Return what an expression asks for that each process has for itself; "" if it does not.

    `settings` and `listed` are the names of settings and of lists of files that were read before.
    """
    if isinstance(part, ast.Name):
        return f"`{part.id}`" if part.id in settings else ""
    if isinstance(part, (ast.Subscript, ast.Attribute)) and SETTING.fullmatch(text := ast.unparse(part)):
        return text
    if isinstance(part, ast.Call) and SETTING.fullmatch(text := ast.unparse(part)):
        return text
    if (denied := _denied(part)) is None:
        return ""
    names = sorted(_names(denied) & listed)
    found = LISTING.match(ast.unparse(denied))
    return found[1] if found else f"`{names[0]}`" if names else ""


def _called(node):
    """Return what a call calls, as text; "" for anything else."""
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def _names(tree):
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _patched(node: ast.AST) -> str:
    """Return what a call of `patch`, `patch.object` or `monkeypatch.setattr` replaces; "" for the rest."""
    if not isinstance(node, ast.Call) or not node.args:
        return ""
    function = ast.unparse(node.func)
    if not re.fullmatch(r"(?:\w+\.)*patch(?:\.object|\.dict)?|\w+\.(?:set|del)(?:attr|env)", function):
        return ""
    parts = node.args[: 1 if function.endswith(("patch", "env")) else 2]
    if isinstance(parts[0], ast.Constant):
        parts = parts[:1]
    return ".".join(str(part.value) if isinstance(part, ast.Constant) else ast.unparse(part) for part in parts)
