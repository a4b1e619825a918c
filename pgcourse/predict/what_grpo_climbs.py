"""Predictions of notebook 11: groups that teach nothing, and which questions gain from the division."""

from pgcourse.exact import group_baselines
from pgcourse.predict import only_predictions
from pgcourse.predict.kinds import choice, number

SIZE, P = 8, 0.05


@number("per cent of the groups of 8", within=0.06, digits=0)
def silent_groups():
    return 100 * group_baselines.silent_share(SIZE, P)


@silent_groups.mistake("These are the groups in which one answer at least is right, and the update is not 0.")
def groups_that_teach():
    return 100 - silent_groups.truth()


@silent_groups.mistake("This is the share of wrong answers, not of groups without a right one.")
def wrong_answers():
    return 100 * (1 - P)


@choice(
    "The division raises the weight most of",
    {
        "hard questions": "Exchange right and wrong: the length of the update stays the same.",
        "easy questions": "Exchange right and wrong: the length of the update stays the same.",
        "hard and easy ones equally": "",
        "those in the middle": "There the standard deviation is largest, and it is what one divides by.",
    },
)
def raised():
    hard, middle, easy = (float(group_baselines.weight(SIZE, p)) for p in (P, 0.5, 1 - P))
    if abs(hard - easy) < 1e-9:
        return "hard and easy ones equally" if hard > middle else "those in the middle"
    return "hard questions" if hard > easy else "easy questions"


__dir__ = only_predictions(globals())
