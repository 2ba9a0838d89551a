// Fills the place of whoever looks for a union, when they press for it. Everything works without.
(() => {
  "use strict";
  for (const root of document.querySelectorAll("[data-near]")) {
    if (!navigator.geolocation) continue;
    const form = root.closest("form");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-plain btn-block";
    button.textContent = root.dataset.near;
    const note = document.createElement("p");
    note.className = "field-help";
    note.setAttribute("role", "status");
    root.append(button, note);
    button.addEventListener("click", () => {
      note.textContent = root.dataset.nearBusy;
      navigator.geolocation.getCurrentPosition((at) => {
        // A hundred metres are enough to find a union, and tell less of where somebody lives.
        form.elements.namedItem("lat").value = at.coords.latitude.toFixed(3);
        form.elements.namedItem("lng").value = at.coords.longitude.toFixed(3);
        form.requestSubmit();
      }, () => {
        note.textContent = root.dataset.nearFailed;
      }, { timeout: 15000, maximumAge: 60000 });
    });
  }
})();
