// Draws a live figure from a model and tells the model where its controls are.
//
// The model has anywidget's get, set, on, off, save_changes and send, and the attributes that panel.py describes. In a
// notebook a kernel is behind it; whatever else answers a change of `at`, or the message {preset: number}, with another
// `frame` moves the picture in the same way.

// Jupyter takes keys for its shortcuts before they reach the focused element, unless that element itself says this.
const KEEPS_KEYS = {"data-lm-suppress-shortcuts": "true"};

// A guess is kept by the reader's browser and nowhere else: neither the kernel nor the notebook's file hears of it.
const KEPT = "pgcourse-guess/";
const GUESSED = "pgcourse-guessed";
const lost = (window.pgcourseGuesses ??= {}); // of a browser that keeps nothing: until the page is left

const SETTLED = 400; // milliseconds after the last change, when a screen reader is told of it
const HEARD = 3000; // milliseconds after which it has the words; those that the eye sees stay

const NARROW_ROOM = 0.67; // width of the room for a picture on a phone, in units of its height
// The card says what is in the picture.
const UNSEEN = 'aria-hidden="true" focusable="false"';

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function makeButton(words, press) {
  const button = make("button", {type: "button", ...KEEPS_KEYS}, words);
  button.addEventListener("click", press);
  return button;
}

// What a screen reader says of changes: once they have come to rest, not sixty times a second while a slider is dragged.
// Of each part the newest words are said. What is there from the beginning is no news.
function makeAnnouncer() {
  const said = make("span", {class: "pgcourse-said", "aria-live": "polite", "aria-atomic": "true"});
  const news = new Map();
  let timer;
  const speak = (words) => { said.textContent = words; };
  return [said, (part, words) => {
    if (!said.isConnected) return;
    news.set(part, words);
    speak("");
    clearTimeout(timer);
    timer = setTimeout(() => {
      speak([...news.values()].filter(Boolean).join(" "));
      news.clear();
      timer = setTimeout(speak, HEARD, "");
    }, SETTLED);
  }];
}

function recall(name) {
  try {
    return JSON.parse(localStorage.getItem(KEPT + name));
  } catch {
    return lost[name] ?? null;
  }
}

function keep(name, guess) {
  lost[name] = guess;
  try {
    localStorage.setItem(KEPT + name, JSON.stringify(guess));
  } catch { /* it is in `lost` */ }
  dispatchEvent(new Event(GUESSED));
}

// Each kind of control: its element, and how it shows a position and the words for it.
const KINDS = {
  slider({description, labels}, id, move) {
    const input = make("input", {type: "range", id, min: 0, max: labels.length - 1, ...KEEPS_KEYS});
    const output = make("output", {for: id, "aria-hidden": "true"}); // the slider itself says the same
    output.style.minWidth = `${Math.max(...labels.map((label) => label.length))}ch`;
    const show = (at, words) => {
      input.value = at;
      output.textContent = words;
      input.setAttribute("aria-valuetext", words);
    };
    input.addEventListener("input", () => {
      const at = input.valueAsNumber;
      show(at, labels[at]);
      move(at);
    });
    return [make("div", {class: "pgcourse-slider"}, make("label", {for: id}, description), input, output), show];
  },

  choice({description, labels}, id, move) {
    const buttons = labels.map((label, at) => makeButton(label, () => move(at)));
    const group = make("div", {class: "pgcourse-buttons", role: "group", "aria-labelledby": id}, ...buttons);
    return [make("div", {class: "pgcourse-choice"}, make("span", {id}, description), group), (at) => press(buttons, [at])];
  },

  toggle({description}, id, move) {
    const input = make("input", {type: "checkbox", id, ...KEEPS_KEYS});
    input.addEventListener("change", () => move(Number(input.checked)));
    return [make("label", {class: "pgcourse-toggle"}, input, description), (at) => { input.checked = at === 1; }];
  },

  button({description}, id, move) {
    let count = 0;
    return [makeButton(description, () => move(count + 1)), (at) => { count = at; }];
  },
};

function press(buttons, numbers) {
  buttons.forEach((button, number) => button.setAttribute("aria-pressed", numbers.includes(number)));
}

// Presets above, then sliders and choices in one grid, and checkboxes and single buttons side by side below.
function drawControls(model, view) {
  const {controls, presets} = model.get("figure");
  const grid = make("div", {class: "pgcourse-controls"});
  const single = make("div", {class: "pgcourse-buttons pgcourse-single"});
  const chosen = presets.map((label, preset) => makeButton(label, () => model.send({preset})));
  if (chosen.length) grid.append(make("div", {class: "pgcourse-buttons pgcourse-presets", role: "group", "aria-label": "Presets", "data-control": "presets"}, ...chosen));
  let texts = {};
  const show = controls.map((control, number) => {
    const [element, show] = KINDS[control.kind](control, `${view}-${number}`, (position) => {
      texts = {...texts, [control.name]: undefined}; // they are of the value that the control has left
      model.set("at", {...model.get("at"), [control.name]: position});
      model.save_changes();
    });
    element.dataset.control = control.name;
    (control.kind === "slider" || control.kind === "choice" ? grid : single).append(element);
    return show;
  });
  if (single.childElementCount) grid.append(single);
  const showPositions = () => controls.forEach(({name, labels}, number) => {
    const at = model.get("at")[name];
    show[number](at, texts[name] ?? labels[at]);
  });
  const showFrame = () => {
    ({texts} = model.get("frame"));
    showPositions();
    press(chosen, model.get("frame").pressed);
  };
  return [grid, showPositions, showFrame];
}

const heightOf = (row) => Math.max(...row.map(([, , , height]) => height));

// The columns of a picture, below its legends, in as many rows as let letters be largest on a narrow card.
function drawStacked(view, {parts: {legends = [], columns = []}}) {
  const arranged = columns.map((_, last) => {
    const rows = legends.map((box) => [box]);
    for (let i = 0; i < columns.length; i += last + 1) {
      // side by side, columns need the labels that they share but once
      rows.push(columns.slice(i, i + last + 1).flatMap((boxes, number) => (number ? boxes.slice(-1) : boxes)));
    }
    const widths = rows.map((row) => row.reduce((sum, [, , width]) => sum + width, 0));
    return {rows, width: Math.max(...widths), height: rows.reduce((sum, row) => sum + heightOf(row), 0)};
  });
  const scale = ({width, height}) => Math.min(NARROW_ROOM / width, 1 / height);
  const best = arranged.sort((one, other) => scale(other) - scale(one))[0];
  if (!best || best.rows.length - legends.length < 2) return "";
  let y = 0;
  const drawn = best.rows.map((row) => {
    let x = 0;
    const boxes = row.map(([left, top, width, height]) => {
      x += width;
      return `<svg x="${x - width}" y="${y}" width="${width}" height="${height}" viewBox="${left} ${top} ${width} ${height}">
        <use href="#${view}-still"/><use href="#${view}-moving"/><use href="#${view}-guess"/>
      </svg>`;
    });
    y += heightOf(row);
    return boxes.join("");
  });
  return `<svg class="pgcourse-stacked" viewBox="0 0 ${best.width} ${best.height}" ${UNSEEN}>${drawn.join("")}</svg>`;
}

// Copies are made anew at each change of what they copy, which takes the browser longer than the picture itself.
function drawWhileShown(stacked) {
  const copies = stacked.innerHTML;
  stacked.replaceChildren();
  new ResizeObserver(() => { stacked.innerHTML = stacked.checkVisibility() ? copies : ""; }).observe(stacked);
}

// Of a guess: a colour and a diamond that no curve has, on white. Style sheets do not reach the copies on a phone.
const LOOKS = {
  casing: 'fill="none" stroke="white" stroke-width="4"',
  line: 'fill="none" stroke="#5b2a86" stroke-width="2.4" stroke-dasharray="9 4"',
  diamond: 'fill="#5b2a86" stroke="white" stroke-width="1.2"',
  text: 'fill="#5b2a86" stroke="white" stroke-width="4" paint-order="stroke" font-family="system-ui, sans-serif" '
    + 'font-size="13" font-weight="bold"',
};

// A line of axes, or a point, at the coordinates of a guess, and whether it lies in the picture. panel.py says what axes
// tell of themselves. A guess beyond their edge stands at the edge.
function drawGuess(axes, {x, y}) {
  let inside = true;
  const along = (value, [first, last, logarithmic], [from, to]) => {
    const scaled = (number) => (logarithmic ? Math.log(Math.max(number, Number.MIN_VALUE)) : number);
    const part = (scaled(value) - scaled(first)) / (scaled(last) - scaled(first));
    inside &&= part >= 0 && part <= 1;
    return from + Math.min(Math.max(part, 0), 1) * (to - from);
  };
  const {left, right, top, bottom} = axes;
  const [across, up] = [x ?? null, y ?? null];
  const px = across === null ? right : along(across, axes.x, [left, right]);
  const py = up === null ? top : along(up, axes.y, [bottom, top]);
  const line = across === null ? `M${left} ${py}H${right}` : up === null ? `M${px} ${bottom}V${top}` : "";
  const flipped = px > (left + right) / 2;
  // below a legend at the top, where there is room
  const height = up === null ? top + Math.min(40, 0.4 * (bottom - top)) : Math.max(py - 8, top + 14);
  const label = {x: px + (flipped ? -8 : 8), y: height};
  const markup = `<path d="${line}" ${LOOKS.casing}/><path d="${line}" ${LOOKS.line}/>
    <path d="M${px - 6} ${py}l6 -6l6 6l-6 6z" ${LOOKS.diamond}/>
    <text x="${label.x}" y="${label.y}" text-anchor="${flipped ? "end" : "start"}" ${LOOKS.text}>your guess</text>`;
  return [markup, inside];
}

// Pictures on top of each other, so that the browser draws again only what moves.
function drawPicture(model, view) {
  const {alt, size} = model.get("figure");
  const svg = `<svg viewBox="0 0 ${size.join(" ")}" ${UNSEEN}>`;
  const picture = make("div", {class: "pgcourse-picture", role: "img", "aria-label": alt});
  picture.innerHTML = `${svg}<defs></defs><g id="${view}-still"></g></svg>${svg}<g id="${view}-moving"></g></svg>`
    + `${svg}<g id="${view}-guess" class="pgcourse-guess"></g></svg>`
    + drawStacked(view, model.get("figure"));
  const stacked = picture.querySelector(".pgcourse-stacked");
  if (stacked) drawWhileShown(stacked);
  const [letters, still, moving, guess] = picture.querySelectorAll("defs, g");
  // a page may show a figure twice, and other figures: what one view refers to is its own
  const own = (markup) => markup.replace(/ id="|href="#|url\(#/g, (start) => `${start}${view}-`);
  return [picture, {
    letters: () => { letters.innerHTML = own(model.get("letters")); },
    background: () => {
      picture.hidden = !model.get("background");
      still.innerHTML = own(model.get("background"));
    },
    frame: () => { moving.innerHTML = own(model.get("frame").moving); },
    // of a prediction about this figure; returns the sentence about it
    guess: () => {
      const mark = recall(`mark ${model.get("figure").name}`);
      const axes = mark && JSON.parse(still.querySelector("[data-axes]")?.dataset.axes ?? "[]")[mark.axes];
      const [markup, inside] = axes ? drawGuess(axes, mark) : ["", true];
      guess.innerHTML = markup;
      if (!axes) return "";
      return `Your guess is marked in the picture${inside ? "" : ", at its edge"}: ${mark.words}.`;
    },
  }];
}

function drawError({sentence, details}) {
  if (!sentence) return [];
  const folded = make("details", {}, make("summary", KEEPS_KEYS, "Details"), make("pre", {}, details));
  return [make("div", {role: "alert"}, sentence, folded)];
}

// Escape gives the keys back to the notebook.
function leave(event) {
  if (event.key !== "Escape") return;
  event.target.blur();
  event.currentTarget.closest(".jp-Cell")?.focus();
}

function render({model, el}) {
  // random, since each figure of a page may load this module anew and would count from 1
  const view = `pgcourse-${Math.random().toString(36).slice(2)}`;
  const [controls, showPositions, showFrame] = drawControls(model, view);
  const [picture, showPicture] = drawPicture(model, view);
  const [said, say] = makeAnnouncer();
  // one node, whose text changes: another node would have the browser arrange the picture beside it anew
  const words = document.createTextNode("");
  const caption = make("div", {role: "status", "aria-live": "off", id: `${view}-caption`}, words);
  const guess = make("div", {class: "pgcourse-guessed", id: `${view}-guessed`});
  picture.setAttribute("aria-describedby", `${caption.id} ${guess.id}`);
  const showGuess = () => { guess.textContent = showPicture.guess(); };
  const progress = make("div");
  const error = make("div");
  const {asleep = "", scale, width} = model.get("figure");
  const sentence = make("div", {class: "pgcourse-asleep"}, asleep);
  const rows = make("div", {}, controls, picture, caption, guess, progress, error, sentence);
  const style = `--pgcourse-scale: ${scale}; --pgcourse-width: ${width}px`;
  const figure = make("div", {class: "pgcourse-live", style, role: "group", "aria-label": picture.ariaLabel}, rows, said);
  figure.addEventListener("keydown", leave);
  const follow = {
    "change:letters": showPicture.letters,
    "change:background": () => {
      showPicture.background();
      showGuess();
    },
    "change:frame": () => {
      showPicture.frame();
      words.data = model.get("frame").caption;
      say("caption", words.data);
      showFrame();
    },
    "change:at": showPositions,
    "change:progress": () => {
      const running = progress.querySelector("progress");
      progress.innerHTML = model.get("progress");
      // of a bar, that it begins
      if (!running || !progress.firstChild) say("progress", progress.textContent);
    },
    "change:error": () => error.replaceChildren(...drawError(model.get("error"))),
  };
  for (const [change, show] of Object.entries(follow)) {
    show();
    model.on(change, show);
  }
  // a kernel that has restarted knows nothing of this figure
  model.on("comm_live_update", () => figure.classList.add("pgcourse-still"));
  addEventListener(GUESSED, showGuess);
  el.append(figure);
  return () => {
    removeEventListener(GUESSED, showGuess);
    Object.entries(follow).forEach(([change, show]) => model.off(change, show));
  };
}

export default {render};
