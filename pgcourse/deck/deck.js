// The keys of the deck. What leads on is what remotes and keyboards send: PageDown, Space, Right; back lead PageUp and
// Left. Nothing on a slide keeps PageDown and PageUp for itself; a control that has the focus keeps the other keys of
// which it makes use, and what the mouse has touched gives the focus back at once.

const HEIGHT = 720;
const NARROWEST = 4 / 3;
const WIDEST = 16 / 9;
const SECONDS = 120; // of a discussion
const LONGEST = 400; // pixels of all bars of the tally together
const KEYS = "1 to 9: count a hand · Backspace: one less · t: clock";
const CONTROLS = "input, button, summary, a";

const shape = () => ({height: HEIGHT, width: Math.round(HEIGHT * Math.min(WIDEST, Math.max(NARROWEST, innerWidth / innerHeight)))});

// c shows the code of a slide, or hides it.
function toggleCode(slide) {
  if (slide.dataset.code) slide.dataset.code = slide.dataset.code === "shown" ? "hidden" : "shown";
}

// The clock and the tally of a discussion, below its question.
function discussion(slide) {
  const clock = make("div", {class: "pgcourse-clock", role: "timer"});
  const tally = make("ol", {class: "pgcourse-tally", "aria-live": "polite"});
  const keys = make("div", {class: "pgcourse-keys"}, KEYS);
  const hands = [];
  let left = SECONDS;
  let ticking;

  function bar(answer) {
    const count = hands.filter((hand) => hand === answer).length;
    const drawn = make("i");
    drawn.style.width = `${(LONGEST * count) / hands.length}px`;
    return make("li", {}, `${answer}:`, drawn, make("b", {}, String(count)));
  }

  function show() {
    clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    clock.classList.toggle("pgcourse-over", left === 0);
    tally.replaceChildren(...Array.from({length: Math.max(0, ...hands)}, (_, i) => bar(i + 1)));
    keys.hidden = hands.length > 0;
  }

  function tick() {
    left = Math.max(0, left - 1);
    show();
  }

  slide.append(make("div", {class: "pgcourse-discussion"}, clock, tally, keys));
  slide.discussionKey = (key) => {
    if (/^[1-9]$/.test(key)) hands.push(Number(key));
    else if (key === "Backspace") hands.pop();
    else if (key === "t") ticking = ticking ? clearInterval(ticking) : setInterval(tick, 1000);
    show();
  };
  show();
}

// Keys that the deck takes, before reveal.js or a control can.
function pressed(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const {key, shiftKey} = event;
  const slide = Reveal.getCurrentSlide();
  const control = event.target.closest?.(CONTROLS);
  const unused = key === " " && control?.type === "range"; // by a slider
  if (key === "PageDown" || key === "PageUp" || unused) {
    Reveal[key === "PageUp" || shiftKey ? "prev" : "next"]();
    event.preventDefault();
    event.stopPropagation();
  } else if (control && (key === " " || key === "Enter")) {
    event.stopPropagation(); // it presses the control
  } else if (key === "c") {
    toggleCode(slide);
  } else {
    slide.discussionKey?.(key);
  }
}

const release = () => document.activeElement?.blur();

addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll('section[data-kind="discuss"]').forEach(discussion);
  addEventListener("keydown", pressed, true);
  addEventListener("pointerup", release);
  addEventListener("resize", () => Reveal.configure(shape()));
  Reveal.on("slidechanged", release);
  Reveal.initialize({
    ...shape(), margin: 0, minScale: 0.1, maxScale: 10, display: "flex", center: false, transition: "none", backgroundTransition: "none",
    controls: false, slideNumber: "c/t", hash: true, plugins: [RevealNotes],
  });
});
