// Explorers without a kernel. Each state that the controls reach was drawn when the site
// was made (course_utils/kit/export.py); this looks the next one up and shows it.
"use strict";

const HERE = document.currentScript.src;
const HEAD = 3; // width, height and description stand between the controls and the shapes

// A page opened from a folder may load scripts, and read no file.
function load(name) {
  return new Promise((done, failed) => {
    const script = document.createElement("script");
    Object.assign(script, { src: new URL(`explorers/${name}.js`, HERE), onload: done });
    script.onerror = () => failed(new Error(`${script.src} is missing`));
    document.head.append(script);
  });
}

async function unpacked(name) {
  await load(name);
  const bytes = Uint8Array.from(atob(window.explorers[name]), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const data = await new Response(stream).json();
  let row = [];
  data.rows = data.rows.map(([length, ...news]) => {
    row = row.slice(0, length);
    for (let i = 0; i < news.length; i += 2) row[news[i]] = news[i + 1];
    return row;
  });
  return data;
}

class Explorer {
  constructor(node) {
    this.name = node.dataset.explorer;
    this.node = node;
    this.svg = node.querySelector("svg");
    this.style = this.svg.querySelector("style").outerHTML;
    this.controls = [...node.querySelectorAll(".control")].map((part, index) => ({
      index,
      moves: "moves" in part.dataset,
      label: part.querySelector("label"),
      field: part.querySelector("input, select"),
      output: part.querySelector("output"),
      button: part.querySelector("button"),
    }));
    for (const control of this.controls.filter(({ moves }) => moves)) this.enable(control);
    const near = new IntersectionObserver((seen) => {
      if (seen.some((entry) => entry.isIntersecting)) this.ready().catch(() => {});
    }, { rootMargin: "200px" });
    near.observe(node);
  }

  enable(control) {
    const { field, button } = control;
    field.disabled = field.type === "range" ? field.min === field.max : field.options?.length === 1;
    field.addEventListener("input", () => this.follow(control));
    if (!button) return;
    button.disabled = field.disabled;
    this.name_of(button, control, false);
    button.addEventListener("click", () => this.play(control));
  }

  // Load the states, once; a second try after a failure.
  ready() {
    this.states ??= unpacked(this.name).then((data) => {
      this.data = data;
      this.row = data.rows[data.first];
      this.index = new Map(data.rows.map((row, at) => [this.place(row).join(), at]));
    }).catch((error) => {
      this.states = undefined;
      throw error;
    });
    return this.states;
  }

  place(row) { return this.controls.map(({ index }) => row[2 * index + 1]); }
  frame(control, row) { return this.data.frames[row[2 * control.index]]; }

  async follow(control) {
    const { field } = control, { checked, selectedIndex } = field, at = Number(field.value);
    try {
      await this.ready();
    } catch (error) {
      this.complain(error.message);
      return;
    }
    const { ids } = this.frame(control, this.row);
    if (field.type === "checkbox") this.go(control, Number(checked));
    else this.go(control, ids ? ids[selectedIndex ?? at] : at);
  }

  go(control, id) {
    const { rows, moves } = this.data;
    const asked = this.place(this.row).with(control.index, id).join();
    this.row = rows[moves[`${control.index}:${asked}`] ?? this.index.get(asked)] ?? this.row;
    this.show();
  }

  // ---------------------------------------------------------------------- what is shown

  show() {
    const { shapes } = this.data, end = 2 * this.controls.length;
    for (const control of this.controls) this.set(control);
    const [width, height, description] = this.row.slice(end, end + HEAD);
    const drawn = this.row.slice(end + HEAD).map((shape) => shapes[shape]).join("");
    const role = drawn.includes('<g class="target"') ? "group" : "img";
    const looks = { role, "aria-label": shapes[description], width, height };
    looks.viewBox = `0 0 ${width} ${height}`;
    for (const [name, value] of Object.entries(looks)) this.svg.setAttribute(name, value);
    this.svg.innerHTML = this.style + drawn;
  }

  set(control) {
    const { index, label, field, output, button, moves } = control;
    const frame = this.frame(control, this.row), at = this.row[2 * index + 1];
    label.textContent = frame.label;
    const chosen = frame.ids?.indexOf(at);
    if (field.type === "checkbox") field.checked = at === 1;
    else if (field.type === "number") field.value = frame.value;
    else if (field.type === "range") {
      const { low = 0, high = frame.ids?.length - 1, step = 1 } = frame;
      Object.assign(field, { min: low, max: high, step });
      field.value = chosen ?? at;
      output.textContent = frame.texts?.[chosen] ?? at;
      if (frame.texts) field.setAttribute("aria-valuetext", output.textContent);
      field.disabled = !moves || low === high;
    } else {
      if (control.frame !== frame)
        field.replaceChildren(...frame.texts.map((text) => new Option(text)));
      field.selectedIndex = chosen;
      field.disabled = !moves || frame.ids.length === 1;
    }
    control.frame = frame;
    if (button) button.disabled = field.disabled;
  }

  complain(words) {
    const line = document.createElement("p");
    line.setAttribute("role", "alert");
    line.textContent = `This explorer could not be loaded: ${words}.`;
    this.node.querySelector("[role=alert]")?.remove();
    this.node.prepend(line);
  }

  // ---------------------------------------------------------------------------- to play

  name_of(button, { label }, plays) {
    button.textContent = plays ? "❚❚" : "▶";
    button.setAttribute("aria-label", `${plays ? "stop" : "play"} ${label.textContent}`);
  }

  async play(control) {
    const { button, field } = control, plays = !control.timer;
    this.name_of(button, control, plays);
    clearInterval(control.timer);
    control.timer = 0;
    if (!plays) return;
    if (field.value === field.max) field.value = Number(field.min) - field.step;
    control.timer = setInterval(() => {
      if (field.value === field.max || field.disabled) return this.play(control);
      field.stepUp();
      return this.follow(control);
    }, Number(button.dataset.every));
  }
}

// Search shows a piece of each page that it finds, where it may read pages.
if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined")
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
for (const node of document.querySelectorAll(".explorer[data-explorer]")) new Explorer(node);
