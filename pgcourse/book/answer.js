// Judges a number that a reader gives, in the words that Python has for it; questions.py says what a page knows.

function decoded(text) {
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))));
}

// A number as people write it: -12.5, 1e-3, 2/3.
function readNumber(text) {
  const parts = text.trim().replaceAll("−", "-").split("/");
  const numbers = parts.map((part) => (part.trim() ? Number(part) : NaN));
  return numbers.length < 3 ? numbers.reduce((above, below) => above / below) : NaN;
}

function readAnswer(text, count) {
  if (!count) return [readNumber(text)];
  return text.replace(/^\s*[[(]|[\])]\s*$/g, "").split(/,\s*|\s+/).map(readNumber);
}

// As in Python: relative and absolute.
function equal(given, wanted, tolerance) {
  return given.length === wanted.length
    && given.every((number, i) => Math.abs(number - wanted[i]) <= tolerance + tolerance * Math.abs(wanted[i]));
}

function judge(text, {count, tolerance, known, other}) {
  const given = readAnswer(text, count);
  if (given.length !== (count || 1) || given.some(Number.isNaN)) {
    return [false, count ? `Write ${count} numbers, such as -0.5, 2/3.` : "Write a number, such as -0.5 or 2/3."];
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
    const [right, words] = judge(input.value, question);
    verdict.textContent = `${right ? "✓" : "✗"} ${words}`;
  });
  place.replaceChildren(form);
}

addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-question]").forEach(ask));
