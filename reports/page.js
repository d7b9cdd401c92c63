"use strict";
// What a browser adds when scripts run: buttons that copy, a filter, folding, printing, and the place kept when the
// language changes. Nothing is loaded, stored or sent, and nothing is ever made of text but text.
(() => {
  const made = (tag, name, text) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    if (text) element.textContent = text;
    return element;
  };
  const button = (text, act) => {
    const element = made("button", "", text);
    element.type = "button";
    element.addEventListener("click", () => act(element));
    return element;
  };

  const copied = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const field = document.body.appendChild(made("textarea", "away"));
      field.value = text;
      field.select();
      document.execCommand("copy");
      field.remove();
    }
  };
  const addCopying = (report) => {
    for (const command of report.querySelectorAll(".command")) {
      const text = command.querySelector("code").textContent;
      command.append(button(report.dataset.copy, async (self) => {
        await copied(text);
        self.textContent = report.dataset.copied;
        setTimeout(() => { self.textContent = report.dataset.copy; }, 2000);
      }));
    }
  };

  const ROWS = ".entries > li, tbody > tr, .tasks > li";
  const addFilter = (report, tools) => {
    const field = made("input");
    field.type = "search";
    field.setAttribute("aria-label", report.dataset.filter);
    field.placeholder = report.dataset.filter;
    const said = made("output");
    const rows = [...report.querySelectorAll(ROWS)].map((row) => {
      const cause = row.closest(".cause");
      const title = cause ? cause.querySelector("h3").textContent : "";
      return { row, text: `${title} ${row.textContent}`.toLowerCase() };
    });
    let folds = null;
    const apply = () => {
      const wanted = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const { row, text } of rows) row.hidden = !wanted.every((word) => text.includes(word));
      for (const holder of report.querySelectorAll(".cause, .ledger, .plan, .fold, .scroll")) {
        const inside = [...holder.querySelectorAll(ROWS)];
        holder.hidden = inside.length > 0 && inside.every((row) => row.hidden);
      }
      if (wanted.length && !folds) folds = [...report.querySelectorAll("details")].map((one) => [one, one.open]);
      for (const [one, open] of folds ?? []) one.open = wanted.length ? true : open;
      if (!wanted.length) folds = null;
      const left = rows.filter(({ row }) => !row.hidden).length;
      said.textContent = wanted.length ? report.dataset.shown.replace("…", left).replace("…", rows.length) : "";
    };
    field.addEventListener("input", apply);
    tools.append(field, said);
    return () => { field.value = ""; apply(); };
  };

  const addFolding = (report, tools) => {
    let open = false;
    const fold = button(report.dataset.open, () => {
      open = !open;
      for (const one of report.querySelectorAll("details")) one.open = open;
      fold.textContent = open ? report.dataset.close : report.dataset.open;
    });
    tools.append(fold, button(report.dataset.print, () => print()));
  };

  // the same thing in another language has the same id behind that language's own beginning
  const keepPlace = (report) => {
    for (const link of report.querySelectorAll(".tongues a")) {
      link.addEventListener("click", (event) => {
        const other = document.querySelector(link.hash);
        const above = [...report.querySelectorAll(".part, .cause, .attempt")].filter(
          (one) => one.getClientRects().length && one.getBoundingClientRect().top < 120 && scrollY > 200,
        ).pop();
        const twin = above && other.dataset.at + above.id.slice(report.dataset.at.length);
        if (!twin || !document.getElementById(twin)) return;
        event.preventDefault();
        location.hash = twin;
      });
    }
  };

  const clearing = new Map();
  for (const report of document.querySelectorAll(".report")) {
    addCopying(report);
    const tools = made("div", "tools");
    clearing.set(report, addFilter(report, tools));
    addFolding(report, tools);
    report.querySelector(".contents").append(tools);
    keepPlace(report);
  }

  const aimed = () => {
    try {
      return document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch {
      return null;
    }
  };
  const show = () => {
    const target = aimed();
    const report = target?.closest(".report") ?? document.querySelector(".report");
    document.documentElement.lang = report.lang;
    document.title = report.querySelector("h1").textContent;
    if (!target) return;
    if (target.closest("[hidden]")) clearing.get(report)();
    for (let one = target; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
    const own = target.classList.contains("cause") && target.querySelector("details");
    if (own) own.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", show);
  show();

  // paper shows what is folded too; a browser that cannot do it by the style sheet does it here
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const one of closed) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of closed) one.open = false;
  });
})();
