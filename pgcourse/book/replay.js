// Answers live figures from their recordings, where no kernel is. The book's script is live.js followed by this.
//
// A setting is a list of one element a control: its position, and after a "~" its value if that lies between two
// positions. A recording knows what is seen at each setting that it has; record.py says which these are.

const SCRIPT = document.currentScript.src;
const LARGER_STEPS = "The sliders of this picture move in larger steps here than in JupyterLab.";
const waiting = {};

window.pgcourseRecording = (name, packed) => waiting[name](packed);

// A page opened from a folder may fetch nothing, but it may load a script.
function load(name) {
  return new Promise((resolve, reject) => {
    waiting[name] = resolve;
    const script = make("script", {src: new URL(`figures/${name}.js`, SCRIPT).href});
    script.addEventListener("error", reject);
    document.head.append(script);
  });
}

function unpack(packed) {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

const position = (element) => parseInt(element, 10);

function replay({figure, letters, backgrounds, lines, frames, settings, start, presets}) {
  const {controls} = figure;
  const heard = {};
  const state = {figure, letters, progress: "", error: {}};
  let anchor = start.split(","); // where the other controls go back to
  let now;

  function show(setting, words) {
    const {background, moving, ...frame} = frames[settings[setting.join()]];
    const before = state.background;
    now = setting;
    state.at = Object.fromEntries(controls.map(({name}, i) => [name, position(setting[i])]));
    state.frame = {...frame, moving: moving.map((line) => lines[line]).join("\n")};
    state.background = backgrounds[background];
    state.progress = words && make("div", {class: "pgcourse-went-back"}, words).outerHTML;
    if (state.background !== before) heard["change:background"]?.();
    heard["change:frame"]?.();
    heard["change:progress"]?.();
  }

  const known = (setting) => setting.join() in settings;
  const merged = (setting, change) => setting.map((element, i) => change[i] ?? element);

  // Change some elements of the setting; where that was not recorded, the other controls go back.
  function go(change) {
    const wanted = merged(now, change);
    const found = [wanted, merged(anchor, change), anchor].find(known);
    const back = controls.filter((_, i) => found[i] !== wanted[i]).map(({description}) => description);
    const words = "Without Python this page has not every combination, so these went back: ";
    show(found, back.length ? `${words}${back.join(", ")}.` : "");
  }

  const model = {
    get: (name) => state[name],
    set: (name, value) => { state[name] = value; },
    on: (change, follow) => { heard[change] = follow; },
    off: (change) => { delete heard[change]; },
    save_changes: () => {
      const moved = controls.map(({name}, i) => [i, String(state.at[name])]);
      go(Object.fromEntries(moved.filter(([i, at]) => position(at) !== position(now[i]))));
    },
    send: ({preset}) => {
      anchor = merged(start.split(","), presets[preset]);
      go(presets[preset]);
    },
  };
  show(anchor, "");
  return model;
}

async function wake(place) {
  const name = place.dataset.figure;
  try {
    const recording = await unpack(await load(name));
    place.replaceChildren();
    render({model: replay(recording), el: place});
    if (recording.stride > 1) place.append(make("p", {class: "pgcourse-note"}, LARGER_STEPS));
  } catch (error) {
    place.append(make("p", {role: "alert"}, `The picture could not be loaded: ${error.message ?? `figures/${name}.js is missing`}.`));
  }
}

addEventListener("DOMContentLoaded", () => {
  const seen = new IntersectionObserver((entries) => {
    for (const {isIntersecting, target} of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      wake(target);
    }
  }, {rootMargin: "100% 0%"});
  document.querySelectorAll("[data-figure]").forEach((place) => seen.observe(place));
});
