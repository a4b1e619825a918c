"""Checkpoints of lecture 3: the stable step sizes, the best delta, and what a gradient by differences costs."""

from pgcourse.checkpoints import only_questions
from pgcourse.homework.compare import Check, Mistake

largest_stable_step = Check(
    "largest_stable_step",
    lambda c: 2 / c,
    (
        Mistake("This step jumps right to the maximum; larger ones change sides, but still converge.", lambda c: 1 / c),
        Mistake("This is upside down: the larger the curvature, the smaller the step.", lambda c: c / 2),
        Mistake("The gradient is -cθ, without the factor ½ of U.", lambda c: 4 / c),
        Mistake("This is half of the step that jumps right to the maximum.", lambda c: 1 / (2 * c)),
        Mistake("The sign is turned: c is positive at a maximum of -cθ²/2.", lambda c: -2 / c),
    ),
    "section 2",
    ((0.36,), (18.0,)),
)

best_delta = Check(
    "best_delta",
    lambda slope, variance, m: (2 * variance / (m * slope**2)) ** 0.25,
    (
        Mistake(
            "Both ends are noisy: the variance of the difference is twice that of one return.",
            lambda slope, variance, m: (variance / (m * slope**2)) ** 0.25,
        ),
        Mistake(
            "The derivative gives the fourth power of δ: take the fourth root.",
            lambda slope, variance, m: (2 * variance / (m * slope**2)) ** 0.5,
        ),
        Mistake("This is the fourth power of δ.", lambda slope, variance, m: 2 * variance / (m * slope**2)),
        Mistake(
            "This is for a single trajectory: the mean of m has a variance m times smaller.",
            lambda slope, variance, m: (2 * variance / slope**2) ** 0.25,
        ),
        Mistake(
            "The error adds the square of the bias, not the bias.",
            lambda slope, variance, m: (4 * variance / (m * slope)) ** (1 / 3),
        ),
        Mistake(
            "This is upside down: more noise asks for a larger δ.",
            lambda slope, variance, m: (m * slope**2 / (2 * variance)) ** 0.25,
        ),
    ),
    "section 4",
    ((3.0, 0.5, 10), (10.0, 0.5, 1000)),
)

trajectories_needed = Check(
    "trajectories_needed",
    lambda n, m: (n + 1) * m,
    (
        Mistake("U at θ itself is needed too, though only once.", lambda n, m: n * m),
        Mistake("U at θ is the same for all components: evaluate it once.", lambda n, m: 2 * n * m),
        Mistake("Each evaluation takes m trajectories, not one.", lambda n, m: n + 1),
        Mistake("This is one component alone.", lambda n, m: 2 * m),
        Mistake("All but one evaluation take m trajectories here; each of them does.", lambda n, m: n * m + 1),
    ),
    "section 4",
    ((2, 10), (20, 100)),
)


__dir__ = only_questions(globals())
