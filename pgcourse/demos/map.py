"""Lecture 0, the map: bandits revisited, and which challenges of reinforcement learning each lecture works on."""

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np

from pgcourse._types import Floats
from pgcourse.demos import _words, only_pictures
from pgcourse.figures import layout, plots, style
from pgcourse.figures.controls import button, choice, luck, slider, steps, toggle
from pgcourse.figures.live import LiveFigure, demo
from pgcourse.problems import bandits

ARMS = "ABC"
NUM_PULLS, NUM_GAMES = 40, 20
RULES: dict[str, Callable[[float], bandits.Rule]] = {
    "at random": lambda epsilon: partial(bandits.epsilon_greedy, epsilon=1.0),
    "greedy": lambda epsilon: partial(bandits.epsilon_greedy, epsilon=0.0),
    "ε-greedy": lambda epsilon: partial(bandits.epsilon_greedy, epsilon=epsilon),
    "UCB1": lambda epsilon: bandits.ucb1,
}
CHALLENGES = ("exploration and exploitation", "credit assignment", "generalisation")
COLUMNS = (-0.2, 1.04, 2.31)
STATIONS = (
    ("map", "What is policy optimisation, what is policy gradient, and which tricks does it need?", (0, 1, 2)),
    ("policy optimisation", "What do we maximise, and how do we measure it by simulation?", (0, 2)),
    ("zeroth order", "How far do we get with values of U alone?", (0,)),
    ("first order", "What does a gradient buy, and what does it cost without a formula?", (1,)),
    ("log-derivative", "How can simulated trajectories alone give us a gradient?", (1,)),
    ("left / right", "What does a single trajectory say about the gradient?", (0, 1)),
    ("policy gradient", "What happens when we simulate, step and repeat?", (0, 1, 2)),
    ("reward-to-go", "Which rewards can a decision still change?", (1,)),
    ("baselines", "Better than what? A reward needs something to be compared with.", (1,)),
    ("recap", "What is policy optimisation, what is policy gradient, and which tricks does it need?", (0, 1, 2)),
)
BEYOND = {
    10: ("leave one out", "Is a baseline from the group less noisy than none?", 8),
    11: ("what GRPO climbs", "Division by the standard deviation of a group gives the gradient of what?", 3),
    12: ("divide by length", "Which way does the mean over the tokens of an answer point?", 4),
    13: ("forgotten discount", "What do programs climb that leave out the power of the discount?", 7),
    14: ("generalised advantage", "How much of an estimate should be simulated, and how much taken from V?", 8),
    15: ("same variance", "Does it matter which of two baselines of one variance we subtract?", 8),
    16: ("how far per step", "How far may theta move before its trajectories are of no use?", 6),
}
"""The notebooks from 10 on, by their numbers: name, question, and the lecture that each continues."""


class Table:
    """Hold the current game, and work out from the counts of the buttons which were pressed since the last call."""

    game: bandits.Game

    def __init__(self) -> None:
        """Start without a game: the first call of `after` deals one."""
        self.seed: int | None = None
        self.presses: dict[str, int] = {}

    def after(self, seed: int, presses: dict[str, int]) -> bandits.Game:
        """Return the game after these presses; a new seed deals a new one, and so does a count that went back."""
        if seed != self.seed or any(presses[name] < self.presses[name] for name in presses):
            self.game = bandits.Game(np.random.default_rng(seed))
        else:
            for name, count in presses.items():
                for _ in range(count - self.presses[name]):
                    ACTIONS[name](self.game)
        self.seed, self.presses = seed, presses
        return self.game


ACTIONS: dict[str, Callable[[bandits.Game], None]] = {
    f"pull_{name}": lambda game, arm=arm: game.pull(arm) for arm, name in enumerate(ARMS)
} | {
    "greedy": lambda game: game.follow(RULES["greedy"](0), 10),
    "ucb1": lambda game: game.follow(bandits.ucb1, 10),
}


@demo
def bandit() -> LiveFigure:
    """Let the student pull three arms, by hand or by rule, and see the reward and the regret."""
    live = LiveFigure(
        alt="Average reward seen from each of three arms, and total reward and regret against the number of pulls",
        ncols=2,
        width_ratios=[2, 3],
        height=4.0,
    )
    arms, totals = live.axes
    arms.set(title="average reward seen", xlim=(-0.5, 2.5), ylim=(-0.25, 1.05), yticks=[0, 0.5, 1])
    arms.set_xticks(range(3), ARMS)
    totals.set(title="total so far", xlabel="pulls")
    totals.locator_params(nbins=4, integer=True)
    seen = live.moving(arms.plot([], [], label="seen", **style.MARK | {"color": style.BLUE}))[0]
    truth = live.moving(plots.ticks(arms, "exact mean"))
    counts = live.moving([arms.text(a, -0.16, "", ha="center", va="center", color=style.BLUE) for a in range(3)])
    reward = live.moving(totals.plot([], [], label="reward", **style.ESTIMATE))[0]
    regret = live.moving(totals.plot([], [], label="exact regret", **style.EXACT))[0]
    arms.legend(handles=[seen, truth], loc="lower center", bbox_to_anchor=(0.5, -0.33), ncols=2)
    totals.legend(handles=[reward, regret], loc="upper left")
    table = Table()

    @live.controls(
        **{f"pull_{arm}": button(f"Pull {arm}") for arm in ARMS},
        greedy=button("Greedy pulls 10"),
        ucb1=button("UCB1 pulls 10"),
        shown=toggle("show the truth"),
        seed=luck(),
    )
    def update(shown: bool, seed: int, **presses: int) -> str:
        game = table.after(seed, presses)
        pulls, num_pulls = game.pulls, len(game.arms)
        tried = np.flatnonzero(pulls)
        seen.set_data(tried, game.averages[tried])
        for arm, word in enumerate(counts):
            word.set_text(_words.counted(pulls[arm], "pull"))
        truth.set_data(range(3), game.means)
        reward.set_data(range(num_pulls + 1), [0, *game.earnings()])
        regret.set_data(range(num_pulls + 1), [0, *bandits.regret(game.means, game.arms)])
        top = layout.rounded_up(max(num_pulls, 20), (2, 5))
        if totals.get_xlim() != (0, top):
            totals.set(xlim=(0, top), ylim=(0, top))
        for line in (truth, regret):
            line.set_visible(shown)
        return _bandit_caption(game, shown)

    return live


def _bandit_caption(game: bandits.Game, shown: bool) -> str:
    num_pulls, earned = len(game.arms), game.earned.sum()
    said = f"{num_pulls} of {bandits.MAX_PULLS} pulls earned {earned}."
    if not shown:
        return (
            f"{said} Which arm is best, and how much did it cost to find out? Tick “show the truth” when you have "
            "guessed."
        )
    best = int(np.argmax(game.means))
    lost = bandits.regret(game.means, game.arms)[-1] if num_pulls else 0
    return f"{said} The best arm is {ARMS[best]}, with mean {game.means[best]:.2f}; the exact regret is {lost:.2f}."


@lru_cache(maxsize=64)
def exact_regret(rule: str, epsilon: float, means: tuple[float, float]) -> Floats:
    """Return the exact expected regret of a rule of RULES after 0, 1, ... NUM_PULLS pulls."""
    return np.concatenate([[0], bandits.expected_regret(RULES[rule](epsilon), means, NUM_PULLS)])


@demo
def regret() -> LiveFigure:
    """Show how the regret of a rule grows: single games around the exact expectation."""
    live = LiveFigure(alt="Regret of twenty games and its exact expectation against the number of pulls", height=4.0)
    ax = live.axes[0]
    pulls = np.arange(NUM_PULLS + 1)
    ax.set(xlim=(0, NUM_PULLS), ylim=(0, 18), xlabel="pulls", ylabel="regret so far")
    look: style.Look = {"color": style.BLUE, "linestyle": "-", "alpha": 0.4, "linewidth": 1.2}
    games = live.moving([ax.plot(pulls, pulls, **look)[0] for _ in range(NUM_GAMES)])
    coin = live.moving(ax.plot(pulls, pulls, label="exact, at random", **style.REFERENCE | {"linewidth": 3}))[0]
    truth = live.moving(ax.plot(pulls, pulls, label="exact, this rule", **style.EXACT | {"linewidth": 4}))[0]
    games[0].set_label(f"{NUM_GAMES} games")
    ax.legend(handles=[coin, truth, games[0]], loc="upper left")

    @live.controls(
        rule=choice("rule", list(RULES), "greedy"),
        epsilon=slider("ε of ε-greedy", 0.1, 0, 1, 0.05),
        first=slider("mean of arm A", 0.4, 0.2, 0.8, 0.05),
        second=slider("mean of arm B", 0.7, 0.2, 0.8, 0.05),
        seed=luck(),
    )
    def update(rule: str, epsilon: float, first: float, second: float, seed: int) -> str:
        used = epsilon if rule == "ε-greedy" else 0.0
        expected = exact_regret(rule, used, (first, second))
        arms, _ = bandits.play(RULES[rule](used), [first, second], NUM_PULLS, NUM_GAMES, np.random.default_rng(seed))
        for line, lost in zip(games, bandits.regret([first, second], arms).T, strict=True):
            line.set_ydata([0, *lost])
        truth.set_ydata(expected)
        at_random = bandits.regret_at_random([first, second], NUM_PULLS)
        coin.set_ydata(at_random)
        return (
            f"After {NUM_PULLS} pulls the rule “{rule}” has lost {expected[-1]:.2f} on average; pulling at random "
            f"loses {at_random[-1]:.2f}. The last pull alone loses {expected[-1] - expected[-2]:.3f}."
        )

    return live


@demo
def course() -> LiveFigure:
    """Show which challenges of reinforcement learning each notebook works on, as a table of dots."""
    live = LiveFigure(
        alt="Table of the notebooks and the three challenges, with a dot where a notebook works on one",
        height=7.6,
    )
    ax = live.axes[0]
    last = len(STATIONS) - 1
    rows = {number: float(number) for number in range(len(STATIONS))}
    rows |= {number: last + 2.8 + i for i, number in enumerate(sorted(BEYOND))}
    ax.set(xlim=(-2.2, 3), ylim=(max(rows.values()) + 0.6, -1.5))
    ax.axis("off")
    here = live.moving(ax.axhspan(-0.5, 0.5, facecolor=style.ORANGE, alpha=0.4))
    heads = live.moving(
        [ax.text(x, -0.6, heading(name), ha="center", va="bottom") for x, name in zip(COLUMNS, CHALLENGES, strict=True)]
    )
    names = {
        number: live.moving(ax.text(-2.1, y, f"{number}  {on(number)[0]}", va="center")) for number, y in rows.items()
    }
    look: style.Look = {"linestyle": "none", "marker": "o", "color": style.BLUE, "markersize": 13}
    live.moving(ax.plot(*np.array([(COLUMNS[i], y) for n, y in rows.items() for i in on(n)[2]]).T, **look))
    for x, count in zip(COLUMNS, lectures_on(), strict=True):
        ax.text(x, last + 1, f"{count} of {last + 1}", ha="center", va="center", weight="bold")
    ax.text(-2.1, last + 1.9, "beyond the lecture", va="center", style="italic")

    @live.controls(lecture=steps("notebook", sorted(rows)))
    def update(lecture: int) -> str:
        name, question, challenges = on(lecture)
        here.set_y(rows[lecture] - 0.5)
        for number, word in names.items():
            word.set_fontweight("bold" if number == lecture else "normal")
        for x, word in enumerate(heads):
            word.set_fontweight("bold" if x in challenges else "normal")
        asks = f"{lecture}, “{name}”, asks: {question}"
        if lecture in BEYOND:
            root = BEYOND[lecture][2]
            return f"Notebook {asks} It goes beyond the lecture, and continues notebook {root}, “{STATIONS[root][0]}”."
        counts = _words.listed([f"{count} on {name}" for count, name in zip(lectures_on(), CHALLENGES, strict=True)])
        return (
            f"Lecture {asks} It works on {_words.listed([CHALLENGES[x] for x in challenges])}. "
            f"Of all lectures, {counts.replace(' on', ' work on', 1)}."
        )

    return live


def on(number: int) -> tuple[str, str, tuple[int, ...]]:
    """Return name, question and challenges of a notebook; one beyond the lecture has those of the one it continues."""
    if number not in BEYOND:
        return STATIONS[number]
    name, question, root = BEYOND[number]
    return name, question, STATIONS[root][2]


def heading(challenge: str) -> str:
    """Break the name of a challenge before its last word."""
    return "\n".join(challenge.rsplit(" ", 1))


def lectures_on() -> list[int]:
    """Return for each of CHALLENGES how many lectures work on it."""
    return [sum(x in challenges for *_, challenges in STATIONS) for x in range(len(CHALLENGES))]


__dir__ = only_pictures(globals())
