"""What every policy and every problem must keep to, as test classes to inherit.

    from pgcourse.testing import PolicyConformance

    class TestMyPolicy(PolicyConformance):
        policy = MyPolicy()
        thetas = [[0.0, 0.0], [1.0, -2.0]]

pytest runs each method whose name begins with `test_`; what does not hold is said in a sentence. pytest is not needed
to call them. `docs/your_own.md` has a whole example.

policy    PolicyConformance: probabilities, scores, and what follows from them
problem   ProblemConformance: a TabularMDP beside the tree of all its trajectories
compare   slopes, and how far chance may take a mean
"""

from pgcourse.testing.policy import PolicyConformance
from pgcourse.testing.problem import ProblemConformance

__all__ = ["PolicyConformance", "ProblemConformance"]
