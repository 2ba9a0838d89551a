// What the exchange's forms gain when scripts run. Everything works without them.
(() => {
  "use strict";
  const $all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // How many characters are left ----------------------------------------------------------------
  function count(field) {
    const most = Number(field.dataset.count);
    const note = document.createElement("p");
    note.className = "field-help tabular-nums";
    field.after(note);
    const say = () => {
      const left = most - [...field.value.trim()].length;
      const text = left < 0 ? field.dataset.countOver : field.dataset.countLeft;
      note.textContent = text.replace("{n}", String(Math.abs(left)));
      note.classList.toggle("field-error", left < 0);
      note.hidden = left > most / 2;
    };
    field.addEventListener("input", say);
    say();
  }

  // Type to filter a long list ------------------------------------------------------------------
  const fold = (s) => s.toLowerCase().replace(/\s+/g, "");

  function filterBox(label, id, none) {
    const box = document.createElement("div");
    const input = document.createElement("input");
    input.type = "search";
    input.className = "input";
    input.id = id;
    input.placeholder = label;
    input.setAttribute("aria-label", label);
    input.autocomplete = "off";
    const empty = document.createElement("p");
    empty.className = "field-help";
    empty.textContent = none;
    empty.hidden = true;
    empty.setAttribute("role", "status");
    box.append(input, empty);
    box.className = "grid gap-2";
    input.addEventListener("keydown", (e) => {
      if (e.key === "Enter") e.preventDefault();
    });
    return { box, input, empty };
  }

  function words(el) {
    try {
      return JSON.parse(el.dataset.filterWords || "{}");
    } catch {
      return {};
    }
  }

  function filterSelect(select) {
    const also = words(select);
    const all = $all("option", select).map((o) => ({
      option: o,
      group: o.parentElement.label || "",
      text: fold(`${o.textContent} ${o.parentElement.label || ""} ${also[o.value] || ""}`),
    }));
    const { box, input, empty } = filterBox(select.dataset.filter, `${select.id}-filter`, select.dataset.filterNone);
    select.before(box);
    input.addEventListener("input", () => {
      const wanted = fold(input.value);
      const chosen = select.value;
      const fits = all.filter((x) => !x.option.value || x.text.includes(wanted));
      select.replaceChildren();
      let group = null;
      for (const x of fits) {
        if (!x.group) {
          select.append(x.option);
          continue;
        }
        if (!group || group.label !== x.group) {
          group = document.createElement("optgroup");
          group.label = x.group;
          select.append(group);
        }
        group.append(x.option);
      }
      const real = fits.filter((x) => x.option.value);
      empty.hidden = real.length > 0;
      if (real.length === 1 && wanted) select.value = real[0].option.value;
      else if (fits.some((x) => x.option.value === chosen)) select.value = chosen;
      else select.value = "";
    });
  }

  function filterChecks(root) {
    const also = words(root);
    const all = $all(".choice", root).map((row) => {
      const box = row.querySelector("input");
      return { row, box, text: fold(`${row.textContent} ${also[box.value] || ""}`) };
    });
    const choices = root.querySelector(".choices");
    if (!choices) return;
    const { box, input, empty } = filterBox(root.dataset.filter, `${all[0].box.id}-filter`, root.dataset.filterNone);
    choices.before(box);
    input.addEventListener("input", () => {
      const wanted = fold(input.value);
      let shown = 0;
      for (const x of all) {
        x.row.hidden = !x.text.includes(wanted) && !x.box.checked;
        if (!x.row.hidden) shown += 1;
      }
      empty.hidden = shown > 0;
    });
  }

  // Where one stands ----------------------------------------------------------------------------
  function locate(root) {
    if (!navigator.geolocation) return;
    const name = root.dataset.locate;
    const form = root.closest("form");
    const field = (part) => form.elements.namedItem(`${name}.${part}`);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-plain btn-sm";
    button.textContent = root.dataset.locateLabel;
    const note = document.createElement("p");
    note.className = "field-help";
    note.setAttribute("role", "status");
    root.append(button, note);
    button.addEventListener("click", () => {
      note.textContent = root.dataset.locateBusy;
      navigator.geolocation.getCurrentPosition((at) => {
        field("lat").value = at.coords.latitude.toFixed(5);
        field("lng").value = at.coords.longitude.toFixed(5);
        const select = field("at");
        let here = $all("option", select).find((o) => o.value === "here");
        if (!here) {
          here = new Option(root.dataset.locateHere, "here");
          select.insertBefore(here, select.children[1] || null);
        }
        here.selected = true;
        note.textContent = root.dataset.locateDone;
      }, () => {
        note.textContent = root.dataset.locateFailed;
      }, { timeout: 15000, maximumAge: 60000 });
    });
  }

  for (const el of $all("[data-count]")) count(el);
  for (const el of $all("[data-filter]")) (el.tagName === "SELECT" ? filterSelect : filterChecks)(el);
  for (const el of $all("[data-locate]")) locate(el);
})();
