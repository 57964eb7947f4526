// What the tests ask of JupyterLab's page. Its app is `jupyterapp`, since the server was
// started with LabApp.expose_app_in_browser; an explorer is known by its cell's number.

const WIDGET = "application/vnd.jupyter.widget-view+json";
const CONTROLS = '[role="slider"], select, input, .widget-play button';
const nextFrame = () => new Promise((done) => requestAnimationFrame(done));

async function until(ready, what, seconds = 60) {
  for (let ms = 0; !ready(); ms += 20) {
    if (ms > 1000 * seconds) throw new Error(`no ${what} after ${seconds} s`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

window.lab = {
  get panel() {
    const panels = window.jupyterapp ? [...jupyterapp.shell.widgets("main")] : [];
    return panels.find((panel) => panel.content?.model?.cells);
  },
  get models() { return this.panel.content.widgets.map((cell) => cell.model); },
  node(number) { return this.panel.content.widgets[number].outputArea.node; },
  picture(number) { return this.node(number).querySelector(".widget-html svg"); },
  error(number) { return this.node(number).querySelector("[role=alert]")?.innerText ?? ""; },
  hasPhotos(number) { return this.picture(number).querySelector("image") !== null; },
  count(number) { return this.controls(number).length; },
  controls(number) {
    const all = [...this.node(number).querySelectorAll(CONTROLS)];
    return all.filter((control) => control.checkVisibility());
  },

  // ---------------------------------------------------------------- the notebook

  async runAll() {
    await until(() => this.panel, "notebook");
    const { panel } = this, { commands, shell } = jupyterapp;
    await Promise.all([panel.context.ready, panel.sessionContext.ready]);
    shell.activateById(panel.id);
    if (!shell.leftCollapsed) await commands.execute("application:toggle-left-area");
    await commands.execute("notebook:run-all-cells");
    await until(() => this.hasRun, "end of Run All", 300);
    return this.models.map((model) => ({
      type: model.type,
      source: model.sharedModel.source,
      ran: model.executionCount ?? null,
      outputs: model.outputs?.toJSON() ?? [],
    }));
  },

  // Each cell with something in it has run, or one stopped the rest.
  get hasRun() {
    const code = this.models.filter((model) => model.outputs && model.sharedModel.source);
    const stopped = code.filter(({ outputs }) =>
      outputs.toJSON().some((output) => output.output_type === "error"));
    const { status } = this.panel.sessionContext.session.kernel;
    return status === "idle" && (code.every((model) => model.executionCount)
      || !stopped.every((model) => model.getMetadata("tags")?.includes("raises-exception")));
  },

  async close() {
    const { panel } = this, { sessionContext } = panel;
    // Its promise may be lost where the kernel has gone meanwhile: look for oneself.
    sessionContext.shutdown();
    await until(() => !sessionContext.session, "end of the kernel");
    panel.dispose();
  },

  // ---------------------------------------------------------------- its explorers

  async explorers() {
    const found = [];
    for (const [number, { outputs }] of this.models.entries()) {
      // Its live view comes with a still picture, which a progress bar's does not.
      const shown = outputs?.toJSON() ?? [];
      if (!shown.some(({ data }) => data?.[WIDGET] && data["image/png"])) continue;
      await this.show(number);
      await until(() => this.picture(number), `explorer in cell ${number}`);
      found.push(number);
    }
    return found;
  },

  async show(number) {
    await this.panel.content.scrollToItem(number, "start");
    // What is drawn on the way takes its height only then.
    for (let frame = 0; frame < 10; frame++) {
      this.node(number).scrollIntoView({ block: "start" });
      await nextFrame();
    }
  },

  // A slider or play button of ipywidgets has no name of its own, but a label beside it.
  describe(number, index) {
    const control = this.controls(number)[index], play = control.closest(".widget-play");
    const label = control.closest(".jupyter-widgets").querySelector(".widget-label");
    return {
      kind: play ? "play" : control.getAttribute("role") ?? control.type,
      name: play ? "play" : (control.computedName || label?.textContent || "").replace("\u200b", ""),
      disabled: control.disabled || control.closest("[disabled]") !== null,
    };
  },

  layout(number) {
    const node = this.node(number), picture = this.picture(number), faults = [];
    const { right } = node.getBoundingClientRect(), { clientHeight } = this.panel.content.node;
    for (const part of [...node.querySelectorAll(".jupyter-widgets"), picture]) {
      const beyond = part.getBoundingClientRect().right - right;
      if (beyond > 1) faults.push(`${part.getAttribute("class")}: ${beyond} px cut off`);
    }
    for (const label of node.querySelectorAll(".widget-label"))
      if (label.clientWidth && label.scrollWidth > label.clientWidth + 1)
        faults.push(`label cut: ${label.innerText}`);
    const { width, height } = picture.getBoundingClientRect();
    const squeezed = width / height / (picture.viewBox.baseVal.width / picture.viewBox.baseVal.height);
    if (Math.abs(squeezed - 1) > 0.01) faults.push(`picture squeezed: ${width} × ${height}`);
    return { faults, height: node.clientHeight, room: clientHeight, picture: [width, height] };
  },

  // ---------------------------------------------------------------- moves

  focus(number, index) {
    this.controls(number)[index].focus();
    this.before = this.now(number);
    return document.activeElement === this.controls(number)[index];
  },

  now(number) {
    const { value, checked, ariaValueNow } = document.activeElement;
    return { picture: this.picture(number).outerHTML, at: `${[value, checked, ariaValueNow]}` };
  },

  // Wait for another picture than before, unless the control has not moved.
  async changed(number, patience) {
    const before = this.before, end = performance.now() + patience;
    const isButton = document.activeElement.type === "submit";
    this.before = this.now(number);
    while ((isButton || this.before.at !== before.at) && performance.now() < end
        && this.before.picture === before.picture) {
      await nextFrame();
      this.before = this.now(number);
    }
    return this.before.picture !== before.picture;
  },

  // Time from the next key press to the frame that shows another picture.
  time(number) {
    const pressed = new Promise((done) =>
      addEventListener("keydown", () => done(performance.now()), { capture: true, once: true }));
    const changed = new Promise((done) => new MutationObserver(done)
      .observe(this.picture(number).parentElement, { childList: true }));
    this.taken = async () => {
      await changed.then(nextFrame);
      return performance.now() - await pressed;
    };
  },
};
