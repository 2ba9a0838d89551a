// What the hall's pages gain when scripts run. Everything works without them.
(() => {
  "use strict";
  document.documentElement.classList.add("js");
  const $all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Messages -----------------------------------------------------------------------------------
  const notes = () => document.getElementById("notes");

  function close(note) {
    note.remove();
    const box = notes();
    if (box && !box.children.length) box.classList.remove("notes-float");
  }

  function dress(note) {
    if (note.dataset.dressed) return;
    note.dataset.dressed = "1";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "toast-close";
    button.setAttribute("aria-label", document.body.dataset.close || "×");
    button.textContent = "×";
    button.addEventListener("click", () => close(note));
    note.append(button);
    if (!note.classList.contains("tone-good")) return; // what went wrong stays until it is read
    let timer;
    const leave = () => { timer = setTimeout(() => close(note), 8000); };
    const stay = () => clearTimeout(timer);
    for (const e of ["pointerenter", "focusin"]) note.addEventListener(e, stay);
    for (const e of ["pointerleave", "focusout"]) note.addEventListener(e, leave);
    leave();
  }

  function say(tone, text) {
    const box = notes();
    if (!box) return;
    const note = document.createElement("div");
    note.className = `toast-note tone-${tone}`;
    const p = document.createElement("p");
    p.textContent = text;
    note.append(p);
    box.append(note);
    box.classList.add("notes-float");
    dress(note);
  }

  document.addEventListener("notes", (e) => {
    for (const n of e.detail.list || []) say(n.tone, n.text);
  });
  document.addEventListener("htmx:error", (e) => {
    const ctx = e.detail && e.detail.ctx;
    if (ctx && !ctx.response) say("bad", document.body.dataset.offline || "");
  });

  // Forms --------------------------------------------------------------------------------------
  // A form that is on its way is not sent a second time; the server's once key covers the rest.
  document.addEventListener("submit", (e) => {
    const form = e.target;
    if (!form.matches("form[data-busy]") || e.defaultPrevented) return;
    if (form.method === "get") return;
    if (form.dataset.sent) {
      e.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    for (const b of $all("button:not([type=button])", form)) b.setAttribute("aria-busy", "true");
  });

  function release(root) {
    for (const form of $all("form[data-sent]", root)) {
      if (form.dataset.sent === "answered") continue;
      delete form.dataset.sent;
      for (const b of $all("button[aria-busy]", form)) b.removeAttribute("aria-busy");
    }
  }
  addEventListener("pageshow", () => { // back from the page after
    for (const form of $all("form[data-sent]")) form.dataset.sent = "1";
    release(document);
  });

  // Most forms are sent in the background, so that what was typed stays when the line or the hall fails.
  const sentBy = (e) => e.detail.ctx && e.detail.ctx.sourceElement.closest("form[data-busy][hx-boost]");

  document.addEventListener("htmx:before:request", (e) => {
    const form = sentBy(e);
    if (!form) return;
    if (form.dataset.sent) {
      e.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    for (const b of $all("button:not([type=button])", form)) b.setAttribute("aria-busy", "true");
  });

  function go(to) {
    const next = new URL(to, location.href);
    if (next.hash && next.pathname + next.search === location.pathname + location.search) {
      location.hash = next.hash; // alone it would only scroll
      history.replaceState({ ...history.state, keys: {} }, ""); // what was sent is done: what is typed next is another act
      location.reload();
    } else location.href = next.href;
  }

  document.addEventListener("htmx:after:request", (e) => {
    const form = sentBy(e);
    if (!form) return;
    const { hx, response, text } = e.detail.ctx;
    if (hx.redirect) {
      e.preventDefault();
      form.dataset.sent = "answered";
      go(hx.redirect);
    } else if (response.status >= 400) {
      const wrong = new DOMParser().parseFromString(text, "text/html").querySelector("[data-oops]");
      if (!wrong) return; // the form again, with what is wrong
      e.preventDefault();
      say("bad", wrong.dataset.oops);
    }
  });

  // Passkeys. A form that wants one asks the device first, and is sent with what the device answers.
  const toBytes = (s) => Uint8Array.from(atob(s.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const toText = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  async function ask(form) {
    const res = await fetch(form.dataset.passkeyOptions, { method: "POST" });
    if (!res.ok) throw new Error(String(res.status));
    const { options, token } = await res.json();
    options.challenge = toBytes(options.challenge);
    if (options.user) options.user.id = toBytes(options.user.id);
    for (const c of options.excludeCredentials || options.allowCredentials || []) c.id = toBytes(c.id);
    const key = await navigator.credentials[form.dataset.passkey]({ publicKey: options });
    const answer = { id: key.id, rawId: toText(key.rawId), type: key.type, authenticatorAttachment: key.authenticatorAttachment || undefined,
      clientExtensionResults: key.getClientExtensionResults(), response: {} };
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
      if (key.response[part]) answer.response[part] = toText(key.response[part]);
    if (key.response.getTransports) answer.response.transports = key.response.getTransports();
    $all("input[name$=token]", form)[0].value = token;
    $all("input[name$=answer]", form)[0].value = JSON.stringify(answer);
  }

  if (window.PublicKeyCredential) for (const form of $all("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (e) => {
      if (form.dataset.asked) {
        delete form.dataset.asked; // an answer is good once
        return;
      }
      e.preventDefault();
      e.stopImmediatePropagation();
      ask(form).then(() => {
        form.dataset.asked = "1";
        form.requestSubmit();
      }, (err) => {
        if (err.name !== "NotAllowedError") say("bad", document.body.dataset.noPasskey || ""); // else they changed their mind
      });
    }, true);
  }

  // News in this browser. The form asks its reader, subscribes, and is sent with the subscription.
  async function subscribe(form) {
    if ((await Notification.requestPermission()) !== "granted") throw new DOMException("", "NotAllowedError");
    await navigator.serviceWorker.register("/sw.js");
    const { pushManager } = await navigator.serviceWorker.ready;
    const key = toBytes(form.dataset.push);
    const old = await pushManager.getSubscription();
    if (old && toText(old.options.applicationServerKey) !== form.dataset.push) await old.unsubscribe(); // of other keys
    const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    $all("input[name=subscription]", form)[0].value = JSON.stringify(made);
  }

  if ("serviceWorker" in navigator && "PushManager" in window && "Notification" in window) for (const form of $all("form[data-push]")) {
    form.hidden = false;
    form.addEventListener("submit", (e) => {
      if (form.dataset.asked) return;
      e.preventDefault();
      e.stopImmediatePropagation();
      subscribe(form).then(() => {
        form.dataset.asked = "1";
        form.requestSubmit();
      }, (err) => say("bad", err.name === "NotAllowedError" ? form.dataset.denied : form.dataset.failed));
    }, true);
  }

  // Who signs out is told nothing more in this browser, which the next may use: the push service then says that it is gone.
  // Signing out does not wait for that longer than a second.
  async function unsubscribe() {
    const worker = await navigator.serviceWorker.getRegistration("/sw.js");
    const made = worker && await worker.pushManager.getSubscription();
    if (made) await made.unsubscribe();
  }

  if ("serviceWorker" in navigator) for (const form of $all("form[action='/signout']")) {
    form.addEventListener("submit", (e) => {
      if (form.dataset.quiet) return;
      e.preventDefault();
      form.dataset.quiet = "1";
      Promise.race([unsubscribe().catch(() => {}), new Promise((done) => setTimeout(done, 1000))]).then(() => form.requestSubmit());
    });
  }

  // Going back to a form that was sent brings back what was typed, but the page is new and so is the form's key.
  // The history remembers the key, so that sending the same once more is the same act.
  function keepKeys(first) {
    const known = new Map(Object.entries(history.state?.keys ?? {})); // a map: no address of a form is one of an object's own words
    const keys = new Map();
    for (const k of $all("input[name=once]")) {
      const action = k.form.getAttribute("action");
      if (first && known.has(action)) k.value = known.get(action);
      keys.set(action, k.value);
    }
    if (keys.size) history.replaceState({ ...history.state, keys: Object.fromEntries(keys) }, "");
  }

  // Files: say at once what was chosen and what is too large.
  function bytes(n) {
    if (n >= 1 << 20) return `${Math.round((n / (1 << 20)) * 10) / 10} MB`;
    return n >= 1024 ? `${Math.round(n / 1024)} KB` : `${n} B`;
  }

  document.addEventListener("change", (e) => {
    const input = e.target;
    if (!input.matches("input[type=file]")) return;
    const list = document.querySelector(`[data-files-for="${input.id}"]`);
    if (!list) return;
    list.replaceChildren();
    const add = (text, bad) => {
      const li = document.createElement("li");
      li.textContent = text;
      if (bad) li.className = "file-bad";
      list.append(li);
    };
    const most = Number(input.dataset.maxBytes || 0);
    const count = Number(input.dataset.maxFiles || 0);
    for (const f of input.files) {
      const bad = most && f.size > most;
      add(`${f.name} · ${bytes(f.size)}${bad ? ` · ${input.dataset.tooLarge}` : ""}`, bad);
    }
    if (count && input.files.length > count) add(input.dataset.tooMany, true);
  });

  // Files may be dropped on the control.
  for (const type of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(type, (e) => {
      const drop = e.target.closest && e.target.closest("label.drop");
      if (!drop) return;
      e.preventDefault();
      drop.classList.toggle("drop-over", type === "dragover");
      const input = document.getElementById(drop.htmlFor);
      if (type !== "drop" || !input) return;
      input.files = e.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  // Menus close when one looks elsewhere.
  document.addEventListener("click", (e) => {
    for (const m of $all("details.menu[open]")) if (!m.contains(e.target)) m.open = false;
  });
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Escape") return;
    for (const m of $all("details.menu[open]")) {
      m.open = false;
      m.querySelector("summary").focus();
    }
  });

  // Live pages ---------------------------------------------------------------------------------
  // One connection a page. It says only which topic changed; elements that care fetch themselves
  // again. While the tab is hidden there is no connection, and after a gap everything is fetched once.
  const topics = (document.body.dataset.live || "").split(" ").filter(Boolean);
  let source = null;
  let missed = false;

  const changed = (topic) => document.body.dispatchEvent(new CustomEvent(`change:${topic}`));

  function connect() {
    if (source || document.hidden || !topics.length) return;
    source = new EventSource(`/live?${topics.map((t) => `topic=${encodeURIComponent(t)}`).join("&")}&since=${document.body.dataset.liveAt}`);
    source.addEventListener("hello", () => {
      if (missed) topics.forEach(changed);
      missed = false;
    });
    source.addEventListener("change", (e) => changed(e.data));
    source.addEventListener("error", () => { missed = true; });
  }

  function disconnect() {
    if (!source) return;
    source.close();
    source = null;
    missed = true;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? disconnect() : connect()));
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", connect);

  // Every new part of the page, and the page itself --------------------------------------------
  function arrive(root) {
    release(root);
    for (const note of $all("[data-toast]", root)) dress(note);
    const wrong = root.querySelector("[data-focus]");
    if (wrong) wrong.focus();
  }
  document.addEventListener("htmx:after:swap", () => {
    arrive(document);
    keepKeys(false);
    const box = notes();
    if (box && box.children.length && scrollY > 80) box.classList.add("notes-float");
  });
  document.addEventListener("htmx:finally:request", () => release(document));
  arrive(document);
  keepKeys(true);
  connect();
})();
