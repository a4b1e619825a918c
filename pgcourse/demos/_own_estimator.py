"""What 07 and 09 draw of an estimator that the reader has written: its exact mean and standard deviation."""

import numpy as np

from pgcourse.demos._short_corridor import short_corridor, towards_goal
from pgcourse.exact import own_estimator
from pgcourse.figures import style, written
from pgcourse.figures.controls import choice, slider
from pgcourse.figures.live import LiveFigure

PULLS = np.linspace(0, 2, 9)


def picture(samples, references, step_reward=-1.0):
    """Draw an estimator's moments over the pull to the goal, in the short corridor.

    samples     function of (mdp, policy, theta) that returns own_estimator.Samples; it may raise written.Unusable
    references  dict of str to function of (mdp, policy, theta) that returns own_estimator.Moments: first what the
                estimator should be, then what it is compared with
    """
    live = LiveFigure(
        alt="Exact mean and standard deviation of the estimator written above, over those that are right",
        ncols=2,
        height=4.2,
    )
    means, deviations = live.axes
    for ax, title in ((means, "mean of one sample"), (deviations, "its standard deviation")):
        ax.set(title=title, xlabel="pull to the goal", xlim=(0, 2))
    means.set_ylim(-0.5, 2.5)
    deviations.set_ylim(0, 4.5)
    looks = zip(references, (style.EXACT, style.BASELINE), strict=True)
    curves = [live.moving(deviations.plot(PULLS, PULLS, label=f"exact, {name}", **look))[0] for name, look in looks]
    truth = live.moving(means.plot(PULLS, PULLS, **style.EXACT))[0]
    look = style.ESTIMATE | {"marker": "o"}
    own = [live.moving(ax.plot([], [], label="this estimator", **look))[0] for ax in live.axes]
    live.figure.legend(handles=[own[0], *curves], loc="outside upper center", ncols=3)

    @live.controls(
        state=choice("component θ(s, right)", [("s = 0", 0), ("s = 1", 1)]),
        discount=slider("discount γ", 0.7, 0, 1, 0.05),
    )
    def update(state, discount):
        mdp = short_corridor(discount, step_reward)
        settings = [(mdp, *towards_goal(mdp, pull)) for pull in PULLS]
        at = 2 * state + 1
        exact = [np.array([moments(*s) for s in settings])[:, :, at].T for moments in references.values()]
        truth.set_ydata(exact[0][0])
        for curve, (_, deviation) in zip(curves, exact, strict=True):
            curve.set_ydata(deviation)
        found, why_not = written.attempt(
            lambda: np.array([own_estimator.of_samples(samples(*s), *s) for s in settings])[:, :, at].T
        )
        right, other = references
        spread = f"{exact[0][1].max():.2f} for the {right} and {exact[1][1].max():.2f} for the {other}"
        if found is None:
            for curve in own:
                curve.set_data([], [])
            return f"{why_not} The largest standard deviation should be {spread}."
        for curve, values in zip(own, found, strict=True):
            curve.set_data(PULLS, values)
        return (
            f"The mean of this estimator is at most {abs(found[0] - exact[0][0]).max():.3f} away from the exact "
            f"gradient. Its largest standard deviation is {found[1].max():.2f}; it is {spread}."
        )

    return live
