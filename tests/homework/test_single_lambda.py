"""The judge that reads lambda off a step: any lambda in [0, 1] passes, and what has no single lambda does not."""

import numpy as np
import pytest

from pgcourse.homework.compare import fresh
from pgcourse.homework.judges import judges
from tests.support.course import catalogue_of

PS8 = catalogue_of("ps8_lambda_and_clip")
TASK = PS8.train_with_critic
INPUTS = [arguments for arguments in [*TASK.visible, *TASK.hidden] if arguments[0] == "errors"]


def trained_with(advantages_of):
    """Return a training whose advantages are a function of the errors (m, H)."""

    def train(simulate, theta, step_size, num_iterations, rng):
        for _ in range(num_iterations):
            scores, errors = simulate(theta, rng)
            theta = theta + step_size * np.einsum("mk,mkn->n", advantages_of(errors), scores) / len(scores)
        return theta

    return train


def judged(advantages_of):
    """Return what the judge says on each of the inputs."""
    train = trained_with(advantages_of)
    return {judges.trains_with_a_lambda(lambda *given: train(*fresh(given)), arguments) for arguments in INPUTS}


def generalised(lam):
    return lambda errors: PS8.generalised_advantages(errors, np.zeros(errors.shape), 1.0, lam)


@pytest.mark.parametrize("lam", [0.0, 0.01, 0.5, 0.97, 1.0])
def test_every_lambda_between_0_and_1_passes(lam):
    assert len(INPUTS) == 2
    assert judged(generalised(lam)) == {""}


@pytest.mark.parametrize("lam", [-0.2, 1.05])
def test_a_lambda_outside_is_said(lam):
    assert judged(generalised(lam)) == {f"The advantages have λ = {lam:.3g}, but λ lies between 0 and 1."}


@pytest.mark.parametrize(
    "advantages_of",
    [
        lambda errors: errors + 0.5 * np.hstack([errors[:, 1:], 0 * errors[:, :1]]),
        lambda errors: np.cumsum(errors, axis=1),
        lambda errors: 2 * generalised(0.7)(errors),
        lambda errors: generalised(0.7)(errors) - generalised(0.7)(errors).mean(),
        lambda errors: np.hstack([errors[:, :1], generalised(0.7)(errors)[:, 1:]]),
        lambda errors: 0 * errors,
    ],
)
def test_what_is_no_sum_by_one_lambda_is_named(advantages_of):
    assert judged(advantages_of) == {"no single lambda"}
