"""How fast does the picture follow the slider? Run with `python benchmarks/live.py`; it prints ratios.

One JupyterLab in Chromium shows the same plot three times: a live figure, stock `@interact` with an inline figure, and
the live figure again (the A/A pair). In every round each gets the same number of key presses. The latency of a press
ends with the first frame whose picture shows the new value, which every picture carries as the grey of a square;
kernel CPU is that of the whole kernel process. Only ratios taken in one run mean anything.
"""

import sys
from pathlib import Path

import numpy as np
import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from tests.support.labdrive import running_lab  # noqa: E402

ROUNDS, PRESSES = 8, 7  # 56 values of the slider, told apart by 4 levels of grey each
CONTENDERS = ("live", "@interact", "live (again)")

COMMON = """
%matplotlib inline
import matplotlib.pyplot as plt
import numpy as np
from ipywidgets import interact
from matplotlib.patches import Rectangle
from pgcourse import style
from pgcourse.figures.controls import integer
from pgcourse.figures.live import LiveFigure, demo

edges = np.linspace(-4, 8, 61)
baselines = np.linspace(0, 6, 121)
noise = np.random.default_rng(0).normal(size=2000)

def counts(k):
    return np.histogram(noise + k / 14, edges)[0]

def variance(b):
    return (b - 1.2) ** 2

def grey(k):
    return 3 * (4 * k / 255,)

def square(figure):
    return figure.add_artist(Rectangle((0, 0), 0.04, 0.1, transform=figure.transFigure, antialiased=False))

def label(axes):
    axes[0].set(xlim=(-4, 8), ylim=(0, 250), xlabel="gradient sample", ylabel="count")
    axes[1].set(xlim=(0, 6), ylim=(0, 24), xlabel="baseline", ylabel="variance")
"""
LIVE = """
@demo
def follow():
    live = LiveFigure(alt="Histogram beside an exact curve", ncols=2)
    left, right = live.axes
    label(live.axes)
    right.plot(baselines, variance(baselines), **style.EXACT)
    bars = live.moving(left.stairs(counts(0), edges, fill=True))
    (dot,) = live.moving(right.plot([], [], **style.MARK))
    title = live.moving(left.set_title(""))
    patch = live.moving(square(live.figure))

    @live.controls(k=integer("k", 0, 0, 60))
    def update(k):
        bars.set_data(counts(k))
        dot.set_data([k / 10], [variance(k / 10)])
        title.set_text(f"k = {k}")
        patch.set_facecolor(grey(k))
        return f"k = {k}"

    return live

follow()
"""
STOCK = """
@interact(k=(0, 60))
def follow_stock(k=0):
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6))
    label(axes)
    axes[1].plot(baselines, variance(baselines), color="black")
    axes[0].stairs(counts(k), edges, fill=True)
    axes[1].plot([k / 10], [variance(k / 10)], "o")
    axes[0].set_title(f"k = {k}")
    square(figure).set_facecolor(grey(k))
    plt.show()
"""

# A live figure carries the grey in its markup, an inline figure in its pixels. The frame that shows it has been painted
# when a message, sent before that frame, arrives.
WATCH = """([index, k]) => {
    const cell = document.querySelectorAll('.jp-CodeCell')[index];
    const canvas = document.createElement('canvas');
    const pen = canvas.getContext('2d', {willReadFrequently: true});
    const hex = (4 * k).toString(16).padStart(2, '0');
    const inMarkup = () => cell.querySelector(`.pgcourse-picture path[style*="fill: #${hex}${hex}${hex}"]`);
    const inPixels = () => {
        const picture = cell.querySelector('.jp-OutputArea img');
        pen.clearRect(0, 0, 1, 1);
        if (picture) {
            pen.drawImage(picture, 0.03 * picture.naturalWidth, 0.93 * picture.naturalHeight, 1, 1, 0, 0, 1, 1);
        }
        const [red, , , opacity] = pen.getImageData(0, 0, 1, 1).data;
        return opacity === 255 && red === 4 * k;
    };
    const shown = cell.querySelector('.pgcourse-picture') ? inMarkup : inPixels;
    let start;
    window.latency = null;
    document.addEventListener('keydown', () => { start = performance.now(); }, {capture: true, once: true});
    const painted = new MessageChannel();
    painted.port1.onmessage = () => { window.latency = performance.now() - start; };
    const look = () => {
        if (start && shown()) { painted.port2.postMessage(null); }
        else { requestAnimationFrame(look); }
    };
    requestAnimationFrame(look);
}"""


def press(lab, index, k):
    """Move the slider of cell `index` to k by one key press; return the milliseconds until the picture shows it."""
    lab.page.evaluate(WATCH, [index, k])
    lab.page.locator(".jp-CodeCell").nth(index).get_by_role("slider").press("ArrowRight")
    return lab.page.wait_for_function("() => window.latency", polling=20).json_value()


def kernel_of(lab):
    """Find the process of the one kernel that runs."""
    children = psutil.Process(lab.server.pid).children(recursive=True)
    (kernel,) = (process for process in children if any("ipykernel" in word for word in process.cmdline()))
    return kernel


def cpu_seconds(process):
    """Return the processor time a process has used."""
    used = process.cpu_times()
    return used.user + used.system


def measure(lab):
    """Return latency (contender, round, press) and kernel CPU (contender, round), both in milliseconds a press."""
    latency = np.empty((len(CONTENDERS), ROUNDS, PRESSES))
    cpu = np.empty((len(CONTENDERS), ROUNDS))
    kernel = kernel_of(lab)
    for turn in range(ROUNDS):
        for contender in range(len(CONTENDERS)):
            before = cpu_seconds(kernel)
            for i in range(PRESSES):
                latency[contender, turn, i] = press(lab, contender + 1, turn * PRESSES + i + 1)
            lab.wait_idle()
            cpu[contender, turn] = 1000 * (cpu_seconds(kernel) - before) / PRESSES
    return latency[:, 1:], cpu[:, 1:]  # the first round warms up


def report(latency, cpu):
    """Print one line a contender, then ratios round by round, summed up by minimum and median."""
    for name, times, work in zip(CONTENDERS, latency, cpu, strict=True):
        p50, p95 = np.percentile(times, [50, 95])
        print(f"{name:13} event to pixels p50 {p50:6.1f} ms  p95 {p95:6.1f} ms   kernel CPU {np.median(work):6.1f} ms")
    for what, values in (("latency", np.median(latency, axis=2)), ("kernel CPU", cpu)):
        live, stock, again = values
        for name, ratio in (("@interact / live", stock / live), ("A/A", again / live)):
            print(f"{what:10} {name:16} min {ratio.min():5.2f}  median {np.median(ratio):5.2f}")


def main():
    """Measure and print."""
    with running_lab(viewport=(1280, 2000)) as lab:
        lab.run([COMMON, LIVE, STOCK, LIVE])
        report(*measure(lab))


if __name__ == "__main__":
    main()
