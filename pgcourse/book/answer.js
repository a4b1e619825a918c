// Asks predictions, and judges a number that a reader gives, in the words that Python has for it; questions.py says what a page knows.
// decoded and readNumber are those of predict.js.

function readAnswer(text, count) {
  if (!count) return [readNumber(text)];
  return text.replace(/^\s*[[(]|[\])]\s*$/g, "").split(/,\s*|\s+/).map(readNumber);
}

// As in Python: relative and absolute.
function equal(given, wanted, tolerance) {
  return given.length === wanted.length
    && given.every((number, i) => Math.abs(number - wanted[i]) <= tolerance + tolerance * Math.abs(wanted[i]));
}

// Whether an answer is right, undefined for one that cannot be read, and what is said of it.
function judgeAnswer(text, {count, tolerance, known, other}) {
  const given = readAnswer(text, count);
  if (given.length !== (count || 1) || given.some(Number.isNaN)) {
    return [undefined, count ? `Write ${count} numbers, such as -0.5, 2/3.` : "Write a number, such as -0.5 or 2/3."];
  }
  const found = known.find(([wanted]) => equal(given, wanted, tolerance));
  return found ? found.slice(1) : [false, other.replace("{}", () => (count ? `[${given.join(", ")}]` : text.trim()))];
}

let asked = 0;

function ask(place) {
  const question = decoded(place.dataset.question);
  const id = `pgcourse-answer-${asked++}`;
  const input = make("input", {id, autocomplete: "off", spellcheck: "false"});
  const verdict = make("p", {role: "status"});
  const form = make("form", {}, make("label", {for: id}, `${question.name} =`), input, make("button", {}, "Check"), verdict);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const [right, words] = judgeAnswer(input.value, question);
    input.setAttribute("aria-invalid", right === undefined);
    verdict.textContent = `${right ? "✓" : "✗"} ${words}`;
  });
  place.replaceChildren(form);
}

addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-question]").forEach(ask);
  for (const place of document.querySelectorAll("[data-predict]")) {
    const asked = JSON.parse(place.dataset.predict);
    renderQuestion({model: {get: () => asked}, el: place});
  }
});
