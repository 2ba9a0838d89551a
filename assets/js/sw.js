// Shows the notes that the hall sends to this browser, and leads to what they tell of.
"use strict";

self.addEventListener("push", (e) => {
  let note;
  try {
    note = e.data.json();
  } catch {} // every push must show something
  e.waitUntil(self.registration.showNotification(note?.title || "职工之家", {
    body: note?.text || "", icon: "/favicon.ico", data: { link: note?.link || "/notices" },
  }));
});

self.addEventListener("notificationclick", (e) => {
  e.notification.close();
  const to = new URL(e.notification.data.link, self.location.origin);
  e.waitUntil(self.clients.openWindow(to.origin === self.location.origin ? to.href : "/notices"));
});
