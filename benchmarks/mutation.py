"""How many small changes to the reference solutions do the checks notice? Run with `python benchmarks/mutation.py`.

Each reference solution in `solutions/` is changed in one place at a time - an operator, a comparison, a
constant, a sign, an index, a statement left out - and judged by the visible and hidden inputs. A mutant that survives
is listed; one that is only another way to write the same function has its reason in EQUIVALENT. Numbers that are the
outcome of an experiment are left out: their checks judge the outcome, not the program.
"""

import ast
import copy
import signal
import sys
from pathlib import Path

import numpy as np

from pgcourse.homework import catalogue, earlier

SOLUTIONS = Path(__file__).resolve().parent.parent / "solutions"
SECONDS = 10  # a mutant that runs longer is killed by time, as nbgrader would
SWAPS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult, ast.MatMult: ast.Mult,
    ast.FloorDiv: ast.Div, ast.Mod: ast.Mult,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
EQUIVALENT = {
    ("ps1_monte_carlo_utility", "trajectories_needed", "np.std(draw_returns(5000))"): "of 5000, one less is nothing",
    ("ps1_monte_carlo_utility", "trajectories_needed", "ddof=2"): "of 5000, one less is nothing",
    ("ps1_monte_carlo_utility", "trajectories_needed", "ddof=0"): "of 5000, one more is nothing",
    ("ps1_monte_carlo_utility", "trajectories_needed", "5001"): "the size of the experiment is free",
    ("ps1_monte_carlo_utility", "trajectories_needed", "4999"): "the size of the experiment is free",
    ("ps2_cross_entropy", "pattern_search_step", "theta - moves"): "the moves come in pairs of opposite sign",
    **{
        ("ps3_log_derivative", "best_delta", words): "where the grid ends, and how fine it is, is free"
        for words in ("0.001, 11", "0.001, 9,", "1001", "999")
    },
    **{
        ("ps3_log_derivative", "best_delta", words): "a variance that is off by a third moves the best delta by 5 %"
        for words in ("(theta - deltas) + variance", "variance(theta + deltas))", "(5 * m", "(3 * m")
    },
    ("ps2_cross_entropy", "genetic_step", "children - spread"): "the noise is as often below 0 as above",
    ("ps2_cross_entropy", "genetic_step", "<= 0.5"): "a random number is hardly ever 0.5",
    ("ps4_left_right", "wrong_way_probability", "(0, 2)"): "what is not L is R",
    ("ps4_left_right", "wrong_way_example", "-3.0"): "another right example",
    ("ps4_left_right", "wrong_way_region", "<= abs"): "of equal absolute value are none that are left here",
    ("ps6_baselines", "train", "rewards_to_go(rewards, 0.0)"): "another unbiased baseline that lowers the variance",
    ("ps8_lambda_and_clip", "generalised_advantages", "discount))\n"): "the errors of task 1 are floats already",
    ("ps8_lambda_and_clip", "train_with_critic", "np.array(errors)"): "the simulator's errors are floats already",
}
"""(problem set, task, what the mutant says and the reference does not) -> why it is the same function."""


def mutants(source):
    """Yield the sources of all mutants of a function's source, each changed in one place."""
    tree = ast.parse(source)
    for index, node in enumerate(ast.walk(tree)):
        for change in changes(node):
            mutant = copy.deepcopy(tree)
            change(list(ast.walk(mutant))[index])
            text = ast.unparse(ast.fix_missing_locations(mutant))
            if text != ast.unparse(tree):
                yield text


def changes(node):
    """Return functions that each change a node of this kind in place in one way."""
    found = []
    operator = getattr(node, "op", None)
    if isinstance(node, (ast.BinOp, ast.AugAssign, ast.BoolOp)) and type(operator) in SWAPS:
        found.append(lambda n: setattr(n, "op", SWAPS[type(operator)]()))
    if isinstance(node, ast.UnaryOp) and isinstance(operator, ast.USub):
        found.append(lambda n: setattr(n, "op", ast.UAdd()))
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
        found.append(lambda n: n.ops.__setitem__(0, SWAPS[type(n.ops[0])]()))
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        found += [lambda n, d=d: setattr(n, "value", n.value + d) for d in (1, -1)]
    if isinstance(node, ast.Constant) and type(node.value) is bool:
        found.append(lambda n: setattr(n, "value", not n.value))
    if isinstance(node, ast.FunctionDef):
        found += [lambda n, k=k: leave_out(n, k) for k in range(len(node.body)) if not is_return(node.body[k])]
    if isinstance(node, ast.Call) and node.keywords:
        found += [lambda n, k=k: n.keywords.pop(k) for k in range(len(node.keywords))]
    return found


def leave_out(function, index):
    """Replace a statement of a function by nothing."""
    function.body[index] = ast.Pass()


def is_return(statement):
    """Say whether leaving the statement out would only return nothing, or change nothing (a docstring)."""
    return isinstance(statement, ast.Return) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def survives(task, source, names):
    """Judge a mutant, beside right functions of earlier tasks, on all inputs; True when it gets the points."""

    def stop(*_):
        raise TimeoutError

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        with np.errstate(all="ignore"):
            namespace = {"np": np} | names
            exec(source, namespace)
            answer = namespace[task.name]() if task.is_number else namespace[task.name]
            return task.visible_verdict(answer).correct and task.hidden_verdict(answer).correct
    except Exception:
        return False
    finally:
        signal.alarm(0)


def explanation(problem_set, task, source):
    """Return why a surviving mutant is the same function, or an empty string."""
    for (owner, name, words), reason in EQUIVALENT.items():
        if (owner, name) == (problem_set, task.name) and words in source and words not in task.reference_source():
            return reason
    return ""


def main():
    """Print the share killed of each problem set, and every survivor with its reason; the exit code tells of others."""
    unexplained = total = killed = 0
    for name in catalogue.problem_sets(SOLUTIONS):
        count = dead = 0
        for task in catalogue.load(name, SOLUTIONS).TASKS:
            if task.is_number and task.false_alarm:
                continue
            for source in mutants(task.reference_source()):
                count += 1
                if not survives(task, source, earlier(name, task.name)):
                    dead += 1
                    continue
                reason = explanation(name, task, source)
                unexplained += not reason
                print(f"{name}.{task.name} survives: {reason or 'NOT EXPLAINED'}\n{source}\n")
        print(f"{name}: {dead} of {count} mutants killed ({dead / count:.1%})\n")
        total, killed = total + count, killed + dead
    print(f"all: {killed} of {total} mutants killed ({killed / total:.1%}); {unexplained} survivors not explained")
    return int(unexplained > 0)


if __name__ == "__main__":
    sys.exit(main())
