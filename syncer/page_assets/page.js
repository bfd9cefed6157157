// The page's script: the list, the search and the chosen note. Nothing of the data ever becomes markup: every element is
// made by its name, every text is set as text. Rows are made a hundred at a time, round the place that is looked at, and a
// note is drawn when it is chosen.
"use strict";
(() => {
  const { notes, filters } = JSON.parse(document.getElementById("data").textContent);
  const CHUNK = 100;
  const list = document.getElementById("list");
  const search = document.getElementById("search");
  const main = document.querySelector("main");
  const kinds = document.getElementById("kinds");
  let matching = [];
  let first = 0; // the rows from here…
  let end = 0; // …to before here are in the list
  let chosen = -1;
  let texts = null;

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  // ---------------------------------------------------------------- the list

  function isKind(note, kind) {
    return kind === "all" || note.kinds.includes(kind);
  }

  function searched() {
    texts ??= notes.map((one) => [one.path, ...one.facts.flat(), ...one.notices, one.added].join("\n").toLowerCase());
    return texts;
  }

  function find() {
    const kind = kinds.querySelector(":checked").value;
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const has = (number) => words.every((word) => searched()[number].includes(word));
    matching = [...notes.keys()].filter((number) => isKind(notes[number], kind) && (!words.length || has(number)));
    drawFrom(0);
    const numbers = `${matching.length.toLocaleString("en")} of ${notes.length.toLocaleString("en")}`;
    document.getElementById("found").textContent = `${numbers} shown`;
    choose(matching.length ? 0 : -1);
  }

  function rows(from, to) {
    const made = [];
    for (let place = from; place < to; place += 1) made.push(row(notes[matching[place]], place));
    return made;
  }

  function drawFrom(place) {
    first = Math.max(0, place);
    end = first;
    list.replaceChildren();
    list.scrollTop = 0;
    drawAfter();
  }

  function drawAfter() {
    const from = end;
    end = Math.min(end + CHUNK, matching.length);
    list.append(...rows(from, end));
  }

  function drawBefore() {
    const to = first;
    const height = list.scrollHeight;
    first = Math.max(0, first - CHUNK);
    list.prepend(...rows(first, to));
    list.scrollTop += list.scrollHeight - height;
  }

  function row(note, place) {
    const cut = note.path.lastIndexOf("/") + 1;
    const made = element(
      "li",
      {
        role: "option", id: `row-${place}`, "aria-selected": "false",
        "aria-setsize": matching.length, "aria-posinset": place + 1,
      },
      element("span", { class: `badge ${note.kinds[0]}` }, note.badge),
      element("bdi", { class: "name" }, note.path.slice(cut).replace(/\.md$/, "")),
      element("span", { class: "count" }, note.count),
      element("bdi", { class: "folder" }, note.path.slice(0, cut)),
    );
    made.addEventListener("click", () => { choose(place); open(); });
    return made;
  }

  function choose(place) {
    document.getElementById(`row-${chosen}`)?.setAttribute("aria-selected", "false");
    chosen = place;
    if (place >= 0 && (place < first - CHUNK || place >= end + CHUNK)) drawFrom(place - CHUNK / 2);
    if (place >= end) drawAfter();
    if (place >= 0 && place < first) drawBefore();
    const chosenRow = document.getElementById(`row-${place}`);
    if (chosenRow) {
      chosenRow.setAttribute("aria-selected", "true");
      list.setAttribute("aria-activedescendant", chosenRow.id);
      chosenRow.scrollIntoView({ block: "nearest" });
    } else {
      list.removeAttribute("aria-activedescendant");
    }
    show(place < 0 ? null : notes[matching[place]]);
  }

  function open() {
    document.body.classList.add("open");
    main.querySelector("h2")?.focus();
  }

  function close() {
    document.body.classList.remove("open");
    list.focus();
  }

  function move(key) {
    const page = Math.max(1, Math.floor(list.clientHeight / 50) - 1);
    const steps = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (!(key in steps) || !matching.length) return false;
    choose(Math.min(Math.max(chosen + steps[key], 0), matching.length - 1));
    return true;
  }

  // ---------------------------------------------------------------- the chosen note

  function show(note) {
    if (!note) {
      main.replaceChildren(element("p", { class: "hint" }, "No note fits."));
      return;
    }
    const back = element("button", { id: "back", type: "button" }, "Back to the list");
    back.addEventListener("click", close);
    const facts = element("dl");
    for (const [name, text] of note.facts) facts.append(element("dt", {}, name), element("dd", {}, element("bdi", {}, text)));
    const made = [back, element("h2", { tabindex: "-1" }, element("bdi", {}, note.path))];
    if (note.notices.length) {
      made.push(element("div", { class: "notice" }, ...note.notices.map((text) => element("p", {}, text))));
    }
    made.push(facts);
    if (note.before || note.added) made.push(views(note));
    main.replaceChildren(...made);
    main.scrollTop = 0;
  }

  function views(note) {
    const rendered = element("div", { class: "view rendered" });
    const raw = element("pre", { class: "view raw", tabindex: "0", role: "region", "aria-label": "As it is in the file" });
    if (note.before) {
      rendered.append(element("div", { class: "old" }, render(note.before)));
      raw.append(element("span", { class: "old" }, note.before));
    }
    if (note.added) {
      rendered.append(element("ins", {}, render(note.added)));
      raw.append(element("ins", {}, note.added));
    }
    const column = (name, view) => element("section", {}, element("h3", {}, name), view);
    return element("div", { class: "views" }, column("As you read it", rendered), column("As it is in the file", raw));
  }

  // ---------------------------------------------------------------- Markdown, as far as a note of highlights needs it

  function render(text) {
    const made = document.createDocumentFragment();
    const lines = text.split("\n");
    let at = 0;
    if (lines[0] === "---" && lines.indexOf("---", 1) > 0) {
      at = lines.indexOf("---", 1) + 1;
      made.append(element("pre", { class: "properties" }, lines.slice(1, at - 1).join("\n")));
    }
    const lists = [];
    let last = null;
    for (; at < lines.length; at += 1) {
      const line = lines[at];
      const item = /^(\s*)[-*+] (.*)$/.exec(line);
      const heading = /^(#{1,6}) (.*)$/.exec(line);
      const fence = /^\s*(```+|~~~+)/.exec(line);
      if (fence) {
        const end = lines.findIndex((one, place) => place > at && one.trim().startsWith(fence[1]));
        const stop = end < 0 ? lines.length : end;
        (last ?? made).append(element("pre", {}, lines.slice(at + 1, stop).join("\n")));
        at = stop;
      } else if (item) {
        last = listItem(made, lists, item[1].replaceAll("\t", "    ").length, item[2]);
      } else if (!line.trim()) {
        last = lists.length ? last : null;
      } else if (last && /^\s/.test(line)) {
        last.append(element("br"), ...inline(line.trim()));
      } else {
        lists.length = 0;
        last = heading ? null : element("p", {}, ...inline(line.replace(/^> ?/, "")));
        made.append(last ?? element("h4", {}, ...inline(heading[2])));
      }
    }
    return made;
  }

  function listItem(made, lists, depth, text) {
    while (lists.length && lists.at(-1).depth > depth) lists.pop();
    if (!lists.length || lists.at(-1).depth < depth) {
      const begun = element("ul");
      (lists.at(-1)?.node.lastElementChild ?? made).append(begun);
      lists.push({ depth, node: begun });
    }
    const item = element("li", {}, ...inline(text));
    lists.at(-1).node.append(item);
    return item;
  }

  const LONGEST_LINE = 5000; // beyond it a line is shown as it is: looking for spans takes time that grows with its square
  const SPANS = new RegExp(
    [
      /`([^`]+)`/, /!\[([^\]]*)\]\([^)\s]*\)/, /\[\[([^\]]+)\]\]/, /\[([^\]]*)\]\((\S+?)\)/,
      /\*\*(\S(?:.*?\S)?)\*\*/, /\*(\S(?:[^*]*\S)?)\*/, /==(\S(?:.*?\S)?)==/, /\\([!-/:-@[-`{-~])/,
    ].map((one) => one.source).join("|"),
    "g",
  );

  function inline(text, depth = 0) {
    const made = [];
    let from = 0;
    if (depth > 5 || text.length > LONGEST_LINE) return [text];
    for (const found of text.matchAll(SPANS)) {
      made.push(text.slice(from, found.index));
      from = found.index + found[0].length;
      const [, code, image, page, label, target, strong, soft, marked, escaped] = found;
      if (code !== undefined) made.push(element("code", {}, code));
      else if (image !== undefined) made.push(element("span", { class: "image" }, `[image${image && `: ${image}`}]`));
      else if (page !== undefined) made.push(element("em", {}, page.split("|").at(-1)));
      else if (label !== undefined) made.push(link(label, target, depth));
      else if (strong !== undefined) made.push(element("strong", {}, ...inline(strong, depth + 1)));
      else if (soft !== undefined) made.push(element("em", {}, ...inline(soft, depth + 1)));
      else if (marked !== undefined) made.push(element("mark", {}, ...inline(marked, depth + 1)));
      else made.push(escaped);
    }
    made.push(text.slice(from));
    return made;
  }

  function link(label, target, depth) {
    if (!/^https?:\/\//i.test(target)) return element("span", { title: target }, ...inline(label, depth + 1));
    return element("a", { href: target, rel: "noopener noreferrer", title: target }, ...inline(label, depth + 1));
  }

  // ---------------------------------------------------------------- what a person does

  for (const [kind, label] of filters) {
    const number = notes.filter((one) => isKind(one, kind)).length;
    if (!number && kind !== "all") continue;
    const input = element("input", { type: "radio", name: "kind", value: kind });
    input.checked = kind === "all";
    kinds.append(element("label", {}, input, ` ${label} ${number.toLocaleString("en")}`));
  }
  kinds.addEventListener("change", find);
  search.addEventListener("input", find);
  list.addEventListener("scroll", () => {
    if (list.scrollTop + list.clientHeight > list.scrollHeight - 1000 && end < matching.length) drawAfter();
    if (list.scrollTop < 1000 && first > 0) drawBefore();
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isTyping = event.target === search;
    if (event.key === "/" && !isTyping) {
      document.body.classList.remove("open");
      search.focus();
      event.preventDefault();
    } else if (event.key === "Escape") {
      if (isTyping && search.value) {
        search.value = "";
        find();
      }
      close();
    } else if (isTyping && event.key === "Enter") {
      list.focus();
    } else if (isTyping && event.key === "ArrowDown") {
      list.focus();
      event.preventDefault();
    } else if (event.target === list && (event.key === "Enter" || event.key === " ")) {
      open();
      event.preventDefault();
    } else if (event.target === list && move(event.key)) {
      event.preventDefault();
    } else if ((event.key === "j" || event.key === "k") && !isTyping) {
      move(event.key);
    }
  });
  find();
})();
