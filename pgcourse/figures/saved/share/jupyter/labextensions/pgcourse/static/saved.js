// An extension of JupyterLab and Notebook, written by hand in the form in which they load one.
//
// A notebook that was saved and is opened again has no widgets: in their place Jupyter writes "Error displaying widget".
// Where the output holds a picture, too, this shows the picture.
//
// The picture in an output is that of when its cell ran. When a notebook is saved, the file gets the picture that its
// figure shows then; the output on the page stays, since Jupyter would draw the figure anew and its controls lose the
// focus.
(() => {
  const FAILED = "Error displaying widget";
  const SCALE = 2; // pixels of a saved picture for a point of the figure's coordinate system
  const FONT = "22px sans-serif", LINE = 31, MARGIN = 14; // of the words below it, in these pixels
  let shared; // Jupyter's own modules, by name and version

  async function jupyter(name) {
    const [version] = Object.values(shared[name]);
    return (await version.get())();
  }

  function outputOf(panel, node) {
    for (const {outputArea} of panel.content.widgets) {
      const number = outputArea?.widgets.findIndex((child) => child.node.contains(node)) ?? -1;
      if (number >= 0) return outputArea.model.get(number);
    }
  }

  function showPicture(panel, node) {
    const output = outputOf(panel, node);
    const picture = output?.data["image/png"];
    if (!picture) return;
    const {alt = "", width} = output.metadata["image/png"] ?? {};
    const image = Object.assign(new Image(), {src: `data:image/png;base64,${picture}`, alt});
    if (width) image.width = width;
    image.style.maxWidth = "100%";
    node.replaceChildren(image);
  }

  // The figure's picture above its caption, as a PNG file in base64.
  async function draw(figure, caption) {
    const [still, moving] = figure.querySelectorAll(".pgcourse-picture > svg");
    const {width, height} = still.viewBox.baseVal;
    const both = still.cloneNode(true);
    both.append(...moving.cloneNode(true).childNodes);
    both.setAttribute("style", "stroke-linejoin: round; stroke-linecap: butt");
    Object.entries({width: SCALE * width, height: SCALE * height}).forEach((pair) => both.setAttribute(...pair));
    const image = new Image();
    image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(both))}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d");
    pen.font = FONT;
    const lines = wrap(pen, caption, image.width - 2 * MARGIN);
    canvas.width = image.width;
    canvas.height = image.height + (lines.length + 0.5) * LINE;
    pen.fillStyle = "white";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, 0);
    pen.fillStyle = "black";
    pen.font = FONT; // which a new size has reset
    lines.forEach((line, number) => pen.fillText(line, MARGIN, image.height + (number + 0.8) * LINE));
    return canvas.toDataURL("image/png").split(",")[1];
  }

  function wrap(pen, words, width) {
    const lines = [""];
    for (const word of words.split(" ")) {
      const longer = `${lines.at(-1)} ${word}`.trim();
      if (pen.measureText(longer).width <= width) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines;
  }

  function* outputsOf(panel) {
    for (const [cell, {outputArea}] of panel.content.widgets.entries()) {
      for (const [number, child] of (outputArea?.widgets ?? []).entries()) {
        yield {cell, number, node: child.node, model: outputArea.model.get(number)};
      }
    }
  }

  // Keep for each output of a live figure that has moved what the file is to hold.
  async function look(panel, moved) {
    for (const {node, model} of outputsOf(panel)) {
      const figure = node.querySelector(".pgcourse-live");
      if (!figure || !model.data["image/png"]) continue;
      const [picture, status, sentence] = ["img", "status"].map((role) => figure.querySelector(`[role="${role}"]`))
        .concat(figure.querySelector(".pgcourse-asleep"));
      const [name, caption, asleep] = [picture.getAttribute("aria-label"), status.textContent, sentence.textContent];
      const [alt, text] = [`${name}. ${caption}`, [name, caption, asleep].join("\n")];
      if (alt === model.metadata["image/png"]?.alt) moved.delete(model);
      else moved.set(model, {alt, text, png: await draw(figure, `${caption} ${asleep}`)});
    }
  }

  function saveWhatIsShown(panel) {
    const {context} = panel;
    const moved = new WeakMap();
    const [save, toJSON] = [context.save.bind(context), context.model.toJSON.bind(context.model)];
    context.save = async (...options) => {
      await look(panel, moved).catch(console.error); // a notebook is saved whatever happens to its pictures
      return save(...options);
    };
    context.model.toJSON = () => {
      const notebook = toJSON();
      for (const {cell, number, model} of outputsOf(panel)) {
        const output = notebook.cells[cell]?.outputs?.[number];
        if (!output?.data || !moved.has(model)) continue;
        const {alt, text, png} = moved.get(model);
        output.data = {...output.data, "text/plain": text, "image/png": png};
        output.metadata = {...output.metadata, "image/png": {...output.metadata["image/png"], alt}};
      }
      return notebook;
    };
  }

  function watch(panel) {
    panel.context.ready.then(() => saveWhatIsShown(panel));
    const failed = ({target}) => target.firstChild?.data?.startsWith(FAILED);
    const observer = new MutationObserver((changes) => {
      for (const {target} of changes.filter(failed)) showPicture(panel, target);
    });
    observer.observe(panel.node, {childList: true, subtree: true});
    panel.disposed.connect(() => observer.disconnect());
  }

  async function plugin() {
    const {INotebookTracker} = await jupyter("@jupyterlab/notebook");
    const activate = (_app, notebooks) => {
      notebooks.forEach(watch);
      notebooks.widgetAdded.connect((_, panel) => watch(panel));
    };
    return {id: "pgcourse:saved", autoStart: true, requires: [INotebookTracker], activate};
  }

  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB.pgcourse = {
    init: (modules) => { shared = modules; },
    get: async () => {
      const made = await plugin();
      return () => ({__esModule: true, default: made});
    },
  };
})();
