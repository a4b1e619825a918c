"""Lecture 5 in a real JupyterLab: sliders by keyboard and mouse, and every caption's numbers against the exact ones."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

import pgcourse as pg
from tests.support.labdrive import drag_to_the_middle

pytestmark = pytest.mark.browser

LECTURE = Path(__file__).parents[2] / "lectures" / "05_left_right.ipynb"
POLICY = pg.ClampPolicy()


@pytest.fixture
def page(lab):
    return lab.run(LECTURE)


def figure(page, name):
    """Return the live figure whose alternative text begins with name."""
    return page.locator(".pgcourse-live", has=page.get_by_role("img", name=name))


def slider(live, description):
    return live.get_by_role("slider", name=description, exact=True)


def caption(theta, rewards):
    """Return the beginning of the caption of the tree, from the exact functions."""
    mdp = pg.problems.left_right(*rewards)
    (left, right), score = POLICY.probabilities([theta])[0], POLICY.score([theta])[0, :, 0]
    return (
        f"At θ = {theta:.2f} the action L has the probability {left:.2f} and the gradient sample "
        f"{score[0] * rewards[0]:+.2f}; R has the probability {right:.2f} and the gradient sample "
        f"{score[1] * rewards[1]:+.2f}. Their mean is {pg.exact.gradient(mdp, POLICY, [theta])[0]:+.2f}"
    )


def test_the_tree_follows_the_keyboard_and_the_mouse(page):
    live = figure(page, "Tree of the two trajectories")
    expect(live.get_by_role("status")).to_contain_text(caption(0.2, (5, 10)))
    slider(live, "θ").press("ArrowRight")
    expect(live.get_by_role("status")).to_contain_text(caption(0.21, (5, 10)))
    live.get_by_role("button", name="R = (0, 1)").press("Enter")
    expect(live.get_by_role("status")).to_contain_text(caption(0.21, (0, 1)))
    drag_to_the_middle(page, slider(live, "θ"))
    # where the slider stands, not what a caption says: on its way there the kernel answers for other values
    theta = float(slider(live, "θ").get_attribute("aria-valuetext"))
    assert 0.4 < theta < 0.6
    expect(live.get_by_role("status")).to_contain_text(caption(theta, (0, 1)))


def test_the_policy_says_so_where_the_clamp_is_flat(page):
    live = figure(page, "Policy, scores and utility")
    slider(live, "θ").press("End")
    expect(live.get_by_role("status")).to_contain_text("At θ = 1.20 the probability of L is 1.00 and its score +0.00")
    expect(live.get_by_role("status")).to_contain_text("its slope is +0.00. The clamp is flat here")


def test_the_histogram_states_the_exact_variance(page):
    live = figure(page, "Histograms of gradient samples")
    for preset, rewards in (("R = (5, 6)", (5, 6)), ("R = (0, 1)", (0, 1))):
        live.get_by_role("button", name=preset).press("Enter")
        mean, variance = pg.exact.moments(pg.problems.left_right(*rewards), POLICY, [0.2])
        words = f"exact mean is {mean[0]:+.2f}, its standard deviation {variance[0] ** 0.5:.2f} and its variance "
        words += f"{variance[0]:.2f}"
        expect(live.get_by_role("status")).to_contain_text(words)
    before, picture = live.get_by_role("img").inner_html(), live.get_by_role("img").element_handle()
    live.get_by_role("button", name="New luck").press("Enter")
    page.wait_for_function("([picture, before]) => picture.innerHTML !== before", arg=[picture, before])
