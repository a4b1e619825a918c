"""Predictions of lecture 5: a sample by hand, dead parameters, stuck runs, noise, and a baseline."""

from pgcourse.exact.one_decision import samples, value, variance
from pgcourse.predict import only_predictions
from pgcourse.predict.kinds import along, choice, number

NUM_RUNS = 40


@number(
    "(a) sample after L",
    digits=1,
    within=0.005,
    low="The score of L is one over its probability, and the sample is score times return.",
    high="The score of L is one over its probability, and the sample is score times return.",
)
def sample_left():
    return samples(0.2, 5, 10).gradients[0]


@sample_left.mistake("This is the score or the return alone: the sample is their product.")
def one_factor():
    return 5


@sample_left.mistake("This is the probability times the return: the score is one over the probability.")
def probability_times_return():
    return value(0.2, 5, 0)


@sample_left.mistake("This takes the return of R.")
def return_of_right():
    return samples(0.2, 10, 0).gradients[0]


@sample_left.mistake("This is (b), the sample after R.")
def that_of_right():
    return samples(0.2, 5, 10).gradients[1]


@number(
    "score of the action that is drawn at θ = 1.1",
    digits=0,
    low="Outside of (0, 1) the clamp is flat.",
    high="Outside of (0, 1) the clamp is flat.",
    mark=along("left_right.policy", "y", axes=1),
)
def boundaries():
    return samples(1.1, 5, 10).scores[0]


@boundaries.mistake("One over π, with π = 1: but π does not change with θ there, so its slope is 0.")
def one_over_the_probability():
    return 1


@boundaries.mistake("One over θ: but the clamp is flat there, so π is 1 whatever θ is.")
def one_over_theta():
    return 1 / 1.1


@number(
    "runs at the worse action, of 40",
    digits=0,
    within=0.3,
    low="One sample is +10 or −20 there: how far does the first update go?",
    high="Which action the first update praises is a toss of a coin.",
)
def learning():
    chance, _, gradients = samples(0.5, 5, 10)
    return NUM_RUNS * chance[0.5 + 0.06 * gradients >= 1].sum()


@choice(
    "The noisiest rewards are",
    {
        "(0, 1)": "The smallest rewards make the smallest samples.",
        "(1, 2)": "A score multiplies the whole reward, not the difference of the two.",
        "(5, 6)": "",
        "all alike": "The gradient is the same, but a score multiplies the whole reward.",
    },
)
def noise():
    spread = {f"{pair}": variance(0, 0.2, *pair) for pair in ((0, 1), (1, 2), (5, 6))}
    return max(spread, key=spread.__getitem__)


@choice(
    "Both arrows point the right way",
    {
        "for no b": "A number may be larger than one reward and smaller than the other.",
        "for b below both rewards": "Then both actions are praised, the worse one as well.",
        "for b between the rewards": "",
        "for b above both rewards": "Then both actions are blamed, the better one as well.",
    },
)
def push():
    levels = {"below both": 4, "between the": 7, "above both": 11}
    right = [name for name, b in levels.items() if (samples(0.2, 5, 10, b).gradients < 0).all()]
    return f"for b {right[0]} rewards" if right else "for no b"


__dir__ = only_predictions(globals())
