// Pictures and programs of the slides by a live kernel of the Jupyter server that serves the page: a kernel for the
// deck, spoken to as Jupyter's own pages do, and for each picture the widget that a notebook would show.

const BASE = new URL("..", location.href);
const WIDGET = "application/vnd.jupyter.widget-view+json";
const BEGIN = "import numpy as np\nimport pgcourse as pg\nfrom pgcourse.figures import style as _style\n_style.use('hall')";
const RUN = "r: run the program";
const GONE = "The kernel has ended: reload this page.";

const kernel = {id: "", socket: undefined, session: crypto.randomUUID(), asked: new Map(), widgets: new Map()};

async function begin() {
  const xsrf = document.cookie.match(/(?:^|;\s*)_xsrf=([^;]*)/)?.[1] ?? "";
  const answer = await fetch(new URL("api/kernels", BASE), {
    method: "POST", headers: {"Content-Type": "application/json", "X-XSRFToken": xsrf}, body: "{}",
  });
  if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
  kernel.id = (await answer.json()).id;
  const address = new URL(`api/kernels/${kernel.id}/channels?session_id=${kernel.session}`, BASE);
  address.protocol = address.protocol.replace("http", "ws");
  kernel.socket = new WebSocket(address);
  kernel.socket.addEventListener("message", ({data}) => { if (typeof data === "string") hear(JSON.parse(data)); });
  kernel.socket.addEventListener("close", () => document.querySelectorAll("[data-figure]").forEach((place) => say(place, GONE)));
  // a page that goes takes its kernel with it
  addEventListener("pagehide", () => fetch(new URL(`api/kernels/${kernel.id}`, BASE), {method: "DELETE", headers: {"X-XSRFToken": xsrf}, keepalive: true}));
  await new Promise((resolve) => kernel.socket.addEventListener("open", resolve));
}

function tell(type, content, hear) {
  const id = crypto.randomUUID();
  const header = {msg_id: id, msg_type: type, session: kernel.session, username: "", version: "5.3", date: new Date().toISOString()};
  kernel.asked.set(id, hear);
  kernel.socket.send(JSON.stringify({header, parent_header: {}, metadata: {}, content, channel: "shell", buffers: []}));
}

function hear({header: {msg_type: type}, parent_header: {msg_id: asked}, content}) {
  if (type === "comm_open") kernel.widgets.set(content.comm_id, widget(content.comm_id, content.data.state));
  else if (type === "comm_msg" && content.data.method === "update") kernel.widgets.get(content.comm_id)?.follow(content.data.state);
  else kernel.asked.get(asked)?.(type, content);
  if (type === "status" && content.execution_state === "idle") kernel.asked.delete(asked);
}

// Run a program; the promise is kept once the kernel has nothing more to do for it.
function run(code, hear) {
  return new Promise((done) => tell("execute_request", {code, silent: false, store_history: false, user_expressions: {}, allow_stdin: false}, (type, content) => {
    hear?.(type, content);
    if (type === "status" && content.execution_state === "idle") done();
  }));
}

// What live.js asks of a model. Of positions that wait for the kernel only the newest is sent.
function widget(id, state) {
  const heard = {};
  let waiting = false;
  let changed = {};

  function flush() {
    waiting = Object.keys(changed).length > 0;
    if (!waiting) return;
    tell("comm_msg", {comm_id: id, data: {method: "update", state: changed, buffer_paths: []}}, (type, {execution_state: now}) => {
      if (type === "status" && now === "idle") flush();
    });
    changed = {};
  }

  return {
    get: (name) => state[name],
    set: (name, value) => { changed[name] = state[name] = value; },
    on: (change, follow) => { heard[change] = follow; },
    off: (change) => { delete heard[change]; },
    save_changes: () => { if (!waiting) flush(); },
    send: (content) => tell("comm_msg", {comm_id: id, data: {method: "custom", content}}),
    follow: (news) => {
      Object.assign(state, news);
      Object.keys(news).forEach((name) => heard[`change:${name}`]?.());
    },
  };
}

const say = (place, words) => place.append(make("p", {role: "alert"}, words));

async function show(place) {
  await run(`pg.demos.${place.dataset.figure}()`, (type, {data, ename, evalue}) => {
    if (type === "error") say(place, `${ename}: ${evalue}`);
    const found = data?.[WIDGET] && kernel.widgets.get(data[WIDGET].model_id);
    if (found?.get("figure")) render({model: found, el: place}); // what has none is a bar of progress
  });
}

// Below a program stands what it prints, once it was run.
async function runProgram(slide) {
  for (const code of slide.querySelectorAll(".pgcourse-code")) {
    const printed = make("pre", {class: "pgcourse-output", tabindex: "0"});
    code.querySelector(".pgcourse-output")?.remove();
    code.append(printed);
    if (code.dataset.setup) await run(code.dataset.setup);
    await run(code.dataset.run, (type, {text, ename, evalue}) => {
      if (type === "stream") printed.append(text);
      if (type === "error") printed.append(`${ename}: ${evalue}`);
    });
  }
}

addEventListener("DOMContentLoaded", async () => {
  if (new URLSearchParams(location.search).has("receiver")) return; // a slide in the speaker's window
  const places = document.querySelectorAll("[data-figure]");
  document.querySelectorAll('section[data-kind="code"]').forEach((slide) => {
    slide.append(make("div", {class: "pgcourse-keys"}, RUN));
  });
  try {
    await begin();
    await run(BEGIN);
    addEventListener("keydown", ({key}) => {
      const slide = Reveal.getCurrentSlide();
      if (key === "r" && slide.dataset.kind === "code") runProgram(slide);
    });
    for (const place of places) await show(place);
  } catch (error) {
    places.forEach((place) => say(place, `There is no kernel: ${error.message}.`));
  }
});
