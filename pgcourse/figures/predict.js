// Asks for a guess, and covers what follows until there is one. The module of a question is live.js followed by this.
//
// question.py says what is asked. A guess is {given, words, mark} or {skipped}, kept as live.js says; under the name "*"
// stands whether all questions are skipped.

const ALL = "*";
const MATCHED = 0.05; // how near to the number of a known mistake, relative to it
const COVERED = "pgcourse-covered";
const CELL = ".jp-Cell, .cell"; // of Jupyter, and of the book
const HEADING = "h1, h2, h3, h4";
const UNCOVERS = "What follows is shown now."; // to those who do not see it
const COVERS = "What follows is covered until there is a guess.";
const NEVER_COVERS = ".reveal"; // slides show the question, and the hall must not wait for a guess

function decoded(text) {
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))));
}

// A number as people write it: -12.5, 1e-3, 2/3.
function readNumber(text) {
  const parts = text.trim().replaceAll("−", "-").split("/");
  const numbers = parts.map((part) => (part.trim() ? Number(part) : NaN));
  return numbers.length < 3 ? numbers.reduce((above, below) => above / below) : NaN;
}

const withMinus = (text) => text.replaceAll("-", "−");
const near = (given, wanted, within) => Math.abs(given - wanted) <= within + 1e-12;
const same = (one, other) => one.every((element, i) => element === other[i]);

// Each kind of question: what asks, with `commit` to be called with a guess; the words for a guess; whether it is right,
// and what is said of it if not; and, for a mark in a picture, its words and where it is.
const QUESTIONS = {
  number: {
    ask({label}, id, commit) {
      const error = make("span", {role: "alert", id: `${id}-error`});
      const looks = {id, autocomplete: "off", spellcheck: "false", inputmode: "text", "aria-describedby": error.id};
      const input = make("input", {...looks, ...KEEPS_KEYS});
      const complain = (words) => {
        error.textContent = words;
        input.setAttribute("aria-invalid", words !== "");
      };
      const read = () => {
        const given = readNumber(input.value);
        if (Number.isFinite(given)) commit(given);
        else complain("Write a number, such as -0.5 or 2/3.");
      };
      input.addEventListener("input", () => complain(""));
      // no form: Jupyter lets none be submitted by a key
      input.addEventListener("keydown", (event) => {
        if (event.key !== "Enter") return;
        event.preventDefault(); // it would press the button that has the focus next
        read();
      });
      const row = make("div", {class: "pgcourse-slider"}, make("label", {for: id}, label), input, makeButton("Guess", read), error);
      return row;
    },
    words: (given) => withMinus(String(given)),
    joined: (label, words) => `${label} = ${words}`,
    judge(given, {right, within, known, low, high}) {
      if (near(given, right, within)) return [true];
      const [, sentence] = known.find(([wanted]) => near(given, wanted, MATCHED * Math.abs(wanted))) ?? [];
      return [false, sentence ?? (given < right ? low : high)];
    },
    place: (given, {along, per}) => ({[along]: given * per}),
  },

  choice: {
    ask({label, options}, id, commit) {
      const buttons = options.map((option, number) => makeButton(option, () => commit(number)));
      const group = make("div", {class: "pgcourse-buttons", role: "group", "aria-labelledby": id}, ...buttons);
      return make("div", {class: "pgcourse-choice"}, make("span", {id}, label), group);
    },
    words: (given, {options}) => `“${options[given]}”`,
    joined: (label, words) => `${label[0].toLowerCase()}${label.slice(1)} ${words}`,
    judge: (given, {right, sentences}) => [given === right, sentences[given]],
    place: (given, {places}) => places[given],
  },

  ranking: {
    ask({label, options}, id, commit) {
      let order = [];
      const buttons = options.map((_, number) => makeButton("", () => {
        order = order.includes(number) ? order.filter((other) => other !== number) : [...order, number];
        show();
      }));
      const guess = makeButton("Guess", () => commit(order));
      const show = () => {
        buttons.forEach((button, number) => {
          const rank = order.indexOf(number);
          button.textContent = rank < 0 ? options[number] : `${rank + 1}. ${options[number]}`;
        });
        press(buttons, order);
        guess.disabled = order.length < options.length;
      };
      show();
      const group = make("div", {class: "pgcourse-buttons", role: "group", "aria-labelledby": id}, ...buttons, guess);
      return make("div", {class: "pgcourse-choice"}, make("span", {id}, `${label}. Press them in this order`), group);
    },
    words: (given, {options}) => given.map((number) => options[number]).join(", "),
    judge(given, {right, known, other}) {
      const [, sentence] = known.find(([order]) => same(order, given)) ?? [];
      return same(given, right) ? [true] : [false, sentence ?? other];
    },
  },

  // two sliders, or a press on the empty axes
  point: {
    ask({label, axes}, id, commit) {
      const given = axes.map(({from, to}) => (from + to) / 2);
      const dot = make("span", {class: "pgcourse-dot"});
      const pad = make("div", {class: "pgcourse-pad", "aria-hidden": "true"}, dot);
      const rows = axes.map(({name, from, to}, i) => {
        const input = make("input", {type: "range", id: `${id}-${i}`, min: from, max: to, step: "any", ...KEEPS_KEYS});
        const output = make("output", {for: input.id, "aria-hidden": "true"});
        input.step = (to - from) / 100;
        input.addEventListener("input", () => {
          given[i] = input.valueAsNumber;
          show();
        });
        return {input, output, row: make("div", {class: "pgcourse-slider"}, make("label", {for: input.id}, name), input, output)};
      });
      const show = () => {
        const parts = axes.map(({from, to}, i) => (given[i] - from) / (to - from));
        dot.style.left = `${100 * parts[0]}%`;
        dot.style.bottom = `${100 * parts[1]}%`;
        rows.forEach(({input, output}, i) => {
          input.value = given[i];
          output.textContent = given[i].toFixed(2);
          input.setAttribute("aria-valuetext", given[i].toFixed(2));
        });
      };
      pad.addEventListener("pointerdown", (event) => {
        const {left, bottom, width, height} = pad.getBoundingClientRect();
        const parts = [(event.clientX - left) / width, (bottom - event.clientY) / height];
        axes.forEach(({from, to}, i) => { given[i] = from + parts[i] * (to - from); });
        show();
      });
      show();
      const guess = makeButton("Guess", () => commit([...given]));
      return make("div", {class: "pgcourse-point", role: "group", "aria-label": label}, make("span", {}, label), pad, ...rows.map(({row}) => row), guess);
    },
    words: (given) => withMinus(`(${given.map((number) => number.toFixed(2)).join(", ")})`),
    joined: (label, words) => `${label} = ${words}`,
    judge(given, {right, within, known, other}) {
      const at = (wanted) => given.every((number, i) => near(number, wanted[i], within[i]));
      const [, sentence] = known.find(([wanted]) => at(wanted)) ?? [];
      return at(right) ? [true] : [false, sentence ?? other];
    },
    place: ([x, y]) => ({x, y}),
  },
};

// The cells, or parts of a page, that follow a question: up to the next heading or the next question.
function following(place) {
  const found = [];
  const ends = (part) => part.matches(`section, ${HEADING}`) || part.querySelector(`${HEADING}, .pgcourse-asked`)
    || [...part.querySelectorAll("strong")].some((word) => /predict/i.test(word.textContent));
  for (let part = place.closest(CELL)?.nextElementSibling; part && !ends(part); part = part.nextElementSibling) found.push(part);
  return found;
}

// Returns how to cover and how to uncover what follows. Cells come, go and are drawn later than the question.
function cover(place) {
  let covered = [];
  const look = () => {
    if (!place.isConnected) return; // Jupyter may take cells out of the page that are not in sight
    covered.forEach((part) => part.classList.remove(COVERED));
    covered = following(place);
    covered.forEach((part) => part.classList.add(COVERED));
  };
  const seen = new MutationObserver(look);
  const begin = () => {
    if (!place.isConnected) return;
    placed.disconnect();
    const around = place.closest(CELL)?.parentElement;
    if (!around || place.closest(NEVER_COVERS)) return;
    look();
    seen.observe(around, {childList: true, subtree: true});
  };
  const placed = new MutationObserver(begin); // Jupyter draws a question before it puts it into the page
  return {
    start: () => {
      placed.observe(document, {childList: true, subtree: true});
      begin();
    },
    end: () => {
      const parts = covered;
      [seen, placed].forEach((observer) => observer.disconnect());
      covered.forEach((part) => part.classList.remove(COVERED));
      covered = [];
      return parts;
    },
  };
}

function unfold(parts) {
  for (const part of parts) {
    const folded = part.matches("details") ? part : part.querySelector("details");
    if (folded?.querySelector("summary").textContent === "Reveal") folded.open = true;
  }
}

function renderQuestion({model, el}) {
  const {name, kind, blocks, data} = model.get("asked");
  const asked = decoded(data);
  const {ask, words, joined, judge, place} = QUESTIONS[kind];
  const id = `pgcourse-${Math.random().toString(36).slice(2)}`;
  const [said, announce] = makeAnnouncer();
  const verdict = make("div", {role: "status", "aria-live": "off"});
  const controls = make("div", {class: "pgcourse-controls"});
  const rows = make("div", {}, controls, verdict);
  const group = {role: "group", "aria-label": `Predict: ${asked.label}`};
  const question = make("div", {class: "pgcourse-live pgcourse-asked", ...group}, rows, said);
  const curtain = cover(question);

  const answer = (guess) => {
    keep(name, guess);
    if (asked.mark) keep(`mark ${asked.mark.figure}`, guess?.mark ?? null);
  };
  const commit = (given) => {
    const mark = () => ({axes: asked.mark.axes, words: joined(asked.label, words(given, asked)), ...place(given, asked.mark)});
    answer({given, mark: asked.mark && mark()});
  };
  const skip = () => answer({skipped: true});
  const skipAll = () => keep(ALL, {skipped: true});
  const again = () => {
    keep(ALL, null);
    answer(null);
  };
  const say = ({given, skipped}) => {
    if (skipped) return "Skipped.";
    const [right, sentence] = judge(given, asked);
    const said = [`${right ? "✓" : "✗"} You guessed ${words(given, asked)}.`, right ? "Yes." : sentence, asked.answer];
    return said.filter(Boolean).join(" ");
  };

  let before;
  const show = () => {
    const guess = recall(name) ?? recall(ALL);
    const now = JSON.stringify(guess);
    if (now === before) return;
    before = now;
    const isHere = question.contains(document.activeElement);
    verdict.textContent = guess ? say(guess) : "";
    controls.replaceChildren(guess ? makeButton("Guess again", again) : ask(asked, id, commit));
    if (guess) unfold(curtain.end());
    else controls.append(make("div", {class: "pgcourse-buttons pgcourse-single"}, makeButton("Skip", skip), makeButton("Skip all", skipAll)));
    if (blocks && !guess) curtain.start();
    if (!isHere) return;
    controls.querySelector("input, button").focus({preventScroll: true});
    announce("verdict", `${verdict.textContent} ${blocks ? (guess ? UNCOVERS : COVERS) : ""}`);
  };
  show();
  question.addEventListener("keydown", leave);
  addEventListener(GUESSED, show);
  el.append(question);
  return () => {
    removeEventListener(GUESSED, show);
    curtain.end();
  };
}

export default {render: renderQuestion};
