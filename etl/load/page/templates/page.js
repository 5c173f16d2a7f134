// Searching the list, and unfolding every value with its witnesses. Without this script the page shows all the rest.
"use strict";
(() => {
  const FEW = 50;
  const find = (id) => document.getElementById(id);
  const words = JSON.parse(find("words").textContent);
  const rows = [...find("stories").rows];
  const [form, sought, series, state, found, showAll] =
    ["search", "words-sought", "series-sought", "state-sought", "found", "show-all"].map(find);

  // --- the packed values: one line of JSON a row, in the order of the rows ---

  const unpack = async () => {
    const bytes = Uint8Array.from(atob(find("values").textContent), (sign) => sign.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    const text = await new Response(stream).text();
    return text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  };
  let unpacking;
  const stories = () => (unpacking ??= unpack());

  // --- values as text: foreign text is only ever written with textContent ---

  const element = (name, text = "", attributes = {}) => {
    const made = document.createElement(name);
    made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const shown = (value) => {
    if (value === null || value === undefined) return "";
    if (Array.isArray(value)) return value.map(shown).join("; ");
    if (typeof value === "object") {
      const about = value.description ? `: ${value.description}` : "";
      return `${value.episode_key} (${value.connection_type}${about})`;
    }
    return String(value);
  };
  const told = (text) => {
    if (!text.startsWith("[")) return text;
    try {
      return shown(JSON.parse(text));
    } catch {
      return text;
    }
  };
  const witness = (origin, isStale, usualDay) => {
    const name = words.sources[origin.source] ?? origin.source;
    const isAddress = /^https?:\/\//.test(origin.url ?? "");
    const made = isAddress ? element("a", name, { href: origin.url, rel: "noreferrer noopener" }) : element("span", name);
    const notes = [origin.day === usualDay ? "" : ` ${origin.day}`, isStale ? " kept from an earlier run" : ""].join("");
    return [made, element("small", notes)];
  };

  // --- unfolding a row ---

  const witnesses = (published, values, origins, usualDay) => {
    const list = element("ul");
    for (const one of values) {
      const item = element("li");
      const text = told(one.value);
      if (text !== published) {
        const [how, look] = one.chosen.length ? ["a part: ", {}] : ["otherwise: ", { class: "differs" }];
        item.append(element("span", how, look), `${text} – `);
      }
      one.by.forEach((place, order) => {
        item.append(order ? ", " : "", ...witness(origins[place], one.stale.includes(place), usualDay));
      });
      list.append(item);
    }
    return list;
  };
  const valuesTable = (story, title, usualDay) => {
    const table = element("table", "", { class: "witnesses" });
    table.append(element("caption", `Every value of ${title}, and who says so`, { class: "unseen" }));
    const head = element("tr");
    for (const name of ["Field", "Published", "Told by", "Rule"]) head.append(element("th", name, { scope: "col" }));
    table.createTHead().append(head);
    const body = table.createTBody();
    for (const [field, value] of Object.entries(story.published)) {
      const published = shown(value);
      const values = story.told.filter((one) => one.field === field);
      values.sort((one, other) => (told(other.value) === published) - (told(one.value) === published));
      const cell = element("td", values.length ? "" : "nobody", { class: "long" });
      if (values.length) cell.append(witnesses(published, values, story.origins, usualDay));
      const rule = values.find((one) => one.chosen.length)?.rule ?? "";
      const row = element("tr");
      row.append(
        element("th", words.fields[field] ?? field, { scope: "row" }),
        element("td", published || "–", { class: "long" }),
        cell,
        element("td", rule.split(":")[0], rule.includes(":") ? { title: rule } : {}),
      );
      body.append(row);
    }
    return table;
  };
  const mostFrequent = (texts) => {
    const counts = new Map();
    for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
    return [...counts].reduce((most, one) => (one[1] > most[1] ? one : most), ["", 0])[0];
  };
  const fold = (row) => {
    row.button.setAttribute("aria-expanded", "false");
    row.unfolded?.remove();
    row.unfolded = undefined;
  };
  const unfold = async (row) => {
    if (row.unfolded) return;
    row.button.setAttribute("aria-expanded", "true");
    row.unfolded = element("tr", "", { class: "unfolded", id: `values-of-${row.id}` });
    const cell = element("td", "", { colspan: String(row.cells.length) });
    row.unfolded.append(cell);
    row.after(row.unfolded);
    try {
      const story = (await stories())[rows.indexOf(row)];
      const usualDay = mostFrequent(story.told.flatMap((one) => one.by.map((place) => story.origins[place].day)));
      const asked = usualDay ? `, told on ${usualDay} where no other day is given` : "";
      cell.append(element("small", story.key + asked), valuesTable(story, row.button.textContent, usualDay));
    } catch {
      cell.textContent = `This browser cannot unpack the values. Ask: trek-etl why ${row.id}`;
    }
  };
  for (const row of rows) {
    const title = row.querySelector("th");
    const attributes = { type: "button", class: "unfold", "aria-expanded": "false", "aria-controls": `values-of-${row.id}` };
    row.button = element("button", title.textContent, attributes);
    row.button.addEventListener("click", () => (row.unfolded ? fold(row) : unfold(row)));
    title.replaceChildren(row.button);
  }

  // --- searching ---

  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  let texts;
  const searchable = async () => {
    if (texts) return texts;
    const listed = rows.map((row) => `${row.id} ${row.textContent}`);
    try {
      const unpacked = await stories();
      texts = unpacked.map((story, place) => plain(`${listed[place]} ${Object.values(story.published).map(shown).join(" ")}`));
    } catch {
      texts = listed.map(plain);
    }
    return texts;
  };
  const isInState = async (row, place) => {
    switch (state.value) {
      case "": return true;
      case "conflict": return row.cells[5].textContent !== "";
      case "stale": return "stale" in row.dataset;
      default: {
        const value = (await stories())[place].published[state.value];
        return value === null || (Array.isArray(value) && !value.length) || value === "";
      }
    }
  };
  let isAll = false;
  let asked = 0;
  const search = async () => {
    const mine = ++asked;
    const parts = plain(sought.value).split(/\s+/).filter(Boolean);
    const all = parts.length ? await searchable() : [];
    const hits = [];
    for (const [place, row] of rows.entries()) {
      const isHit = (!series.value || row.dataset.series === series.value) && parts.every((part) => all[place].includes(part));
      if (isHit && (await isInState(row, place))) hits.push(row);
    }
    if (mine !== asked) return;
    const listed = new Set(isAll ? hits : hits.slice(0, FEW));
    for (const row of rows) {
      row.hidden = !listed.has(row);
      if (row.hidden) fold(row);
    }
    const rest = hits.length > listed.size ? ` The first ${listed.size} are listed.` : "";
    found.textContent = `${hits.length} of ${rows.length} found.${rest}`;
    showAll.hidden = !rest;
    showAll.textContent = `Show all ${hits.length}`;
  };
  const searchAnew = () => {
    isAll = false;
    return search();
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  sought.addEventListener("input", searchAnew);
  series.addEventListener("change", searchAnew);
  state.addEventListener("change", searchAnew);
  showAll.addEventListener("click", () => {
    isAll = true;
    search();
  });

  // --- a link to a row shows and unfolds it ---

  const follow = async () => {
    const row = find(location.hash.slice(1));
    if (!rows.includes(row)) return;
    row.hidden = false;
    await unfold(row);
    row.scrollIntoView({ block: "center" });
  };
  addEventListener("hashchange", follow);
  search().then(follow);
})();
