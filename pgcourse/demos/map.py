"""Lecture 0, the map: bandits revisited, and which challenges of reinforcement learning each lecture works on."""

from functools import lru_cache, partial

import numpy as np

from pgcourse.demos import _words, only_pictures
from pgcourse.figures import plots, style
from pgcourse.figures.controls import button, choice, integer, luck, slider, toggle
from pgcourse.figures.live import LiveFigure, demo
from pgcourse.problems import bandits

ARMS = "ABC"
NUM_PULLS, NUM_GAMES = 40, 20
RULES = {
    "at random": lambda epsilon: partial(bandits.epsilon_greedy, epsilon=1.0),
    "greedy": lambda epsilon: partial(bandits.epsilon_greedy, epsilon=0.0),
    "ε-greedy": lambda epsilon: partial(bandits.epsilon_greedy, epsilon=epsilon),
    "UCB1": lambda epsilon: bandits.ucb1,
}
CHALLENGES = ("exploration and\nexploitation", "credit\nassignment", "generalisation")
STATIONS = (
    ("map", "What is policy optimisation, what is policy gradient, and which tricks does it need?", (0, 1, 2)),
    ("policy\noptimisation", "What do we maximise, and how do we measure it by simulation?", (0, 2)),
    ("zeroth\norder", "How far do we get with values of U alone?", (0,)),
    ("first\norder", "What does a gradient buy, and what does it cost without a formula?", (1,)),
    ("log-\nderivative", "How can simulated trajectories alone give us a gradient?", (1,)),
    ("left /\nright", "What does a single trajectory say about the gradient?", (0, 1)),
    ("policy\ngradient", "What happens when we simulate, step and repeat?", (0, 1, 2)),
    ("reward-\nto-go", "Which rewards can a decision still change?", (1,)),
    ("baselines", "Better than what? A reward needs something to be compared with.", (1,)),
    ("recap", "What is policy optimisation, what is policy gradient, and which tricks does it need?", (0, 1, 2)),
)


class Table:
    """Hold the current game, and work out from the counts of the buttons which were pressed since the last call."""

    def __init__(self):
        """Start without a game: the first call of `after` deals one."""
        self.seed, self.presses, self.game = None, {}, None

    def after(self, seed, presses):
        """Return the game after these presses; a new seed deals a new one, and so does a count that went back."""
        if seed != self.seed or any(presses[name] < self.presses[name] for name in presses):
            self.game = bandits.Game(np.random.default_rng(seed))
        else:
            for name, count in presses.items():
                for _ in range(count - self.presses[name]):
                    ACTIONS[name](self.game)
        self.seed, self.presses = seed, presses
        return self.game


ACTIONS = {f"pull_{name}": lambda game, arm=arm: game.pull(arm) for arm, name in enumerate(ARMS)} | {
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
    def update(shown, seed, **presses):
        game = table.after(seed, presses)
        pulls, num_pulls = game.pulls, len(game.arms)
        tried = np.flatnonzero(pulls)
        seen.set_data(tried, game.averages[tried])
        for arm, word in enumerate(counts):
            word.set_text(_words.counted(pulls[arm], "pull"))
        truth.set_data(range(3), game.means)
        reward.set_data(range(num_pulls + 1), [0, *game.earnings()])
        regret.set_data(range(num_pulls + 1), [0, *bandits.regret(game.means, game.arms)])
        top = plots.rounded_up(max(num_pulls, 20), (2, 5))
        if totals.get_xlim() != (0, top):
            totals.set(xlim=(0, top), ylim=(0, top))
        for line in (truth, regret):
            line.set_visible(shown)
        return _bandit_caption(game, shown)

    return live


def _bandit_caption(game, shown):
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
def exact_regret(rule, epsilon, means):
    """Return the exact expected regret of a rule of RULES after 0, 1, ... NUM_PULLS pulls."""
    return np.concatenate([[0], bandits.expected_regret(RULES[rule](epsilon), means, NUM_PULLS)])


@demo
def regret() -> LiveFigure:
    """Show how the regret of a rule grows: single games around the exact expectation."""
    live = LiveFigure(alt="Regret of twenty games and its exact expectation against the number of pulls", height=4.0)
    ax = live.axes[0]
    pulls = np.arange(NUM_PULLS + 1)
    ax.set(xlim=(0, NUM_PULLS), ylim=(0, 18), xlabel="pulls", ylabel="regret so far")
    look = {"color": style.BLUE, "linestyle": "-", "alpha": 0.4, "linewidth": 1.2}
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
    def update(rule, epsilon, first, second, seed):
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
    """Show the lectures in a row, and which challenge of reinforcement learning each one works on."""
    live = LiveFigure(alt="The ten lectures in a row, under the three challenges they work on", height=4.0)
    ax = live.axes[0]
    ax.set(xlim=(-0.6, 9.6), ylim=(-1.9, 3.2))
    ax.axis("off")
    ax.plot([0, 9], [0, 0], zorder=0, **style.REFERENCE)
    for x, (name, _, _) in enumerate(STATIONS):
        ax.text(x, 0, str(x), ha="center", va="center", weight="bold", bbox=plots.NODE | {"edgecolor": "white"})
        ax.text(x, -0.55, name, ha="center", va="top", fontsize=12)
    middles = (1.2, 4.5, 7.8)
    links = [live.moving(ax.plot([], [], color=style.BLUE, linestyle="-", linewidth=3))[0] for _ in CHALLENGES]
    boxes = [
        ax.text(x, 2.6, name, ha="center", va="center", bbox=plots.NODE | {"boxstyle": "round,pad=0.5"})
        for x, name in zip(middles, CHALLENGES, strict=True)
    ]
    live.moving(boxes)
    here = live.moving(
        ax.plot([], [], **style.MARK | {"markersize": 30, "markerfacecolor": "none", "markeredgewidth": 4})
    )[0]
    words = live.moving(ax.text(0, -1.6, "you are here", ha="center", color=style.VERMILLION, weight="bold"))

    @live.controls(lecture=integer("lecture", 0, 0, len(STATIONS) - 1))
    def update(lecture):
        name, question, challenges = STATIONS[lecture]
        name = name.replace("-\n", "-").replace("\n", " ")
        here.set_data([lecture], [0])
        words.set_x(np.clip(lecture, 0.3, 8.7))
        for i, (x, link, patch) in enumerate(zip(middles, links, boxes, strict=True)):
            link.set_data([lecture, x], [0.3, 2.1])
            link.set_visible(i in challenges)
            patch.set_weight("bold" if i in challenges else "normal")
            patch.get_bbox_patch().set_facecolor(style.SKY if i in challenges else "white")
        works_on = ", ".join(CHALLENGES[i].replace("\n", " ") for i in challenges)
        return f"Lecture {lecture}, {name}: {question} It works on: {works_on}."

    return live


__dir__ = only_pictures(globals())
