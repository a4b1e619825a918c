// An extension of JupyterLab and Notebook, written by hand in the form in which they load one.
//
// A notebook that was saved and is opened again has no widgets: in their place Jupyter writes "Error displaying widget".
// Where the output holds a picture, too, this shows the picture.
(() => {
  const FAILED = "Error displaying widget";
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

  function watch(panel) {
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
