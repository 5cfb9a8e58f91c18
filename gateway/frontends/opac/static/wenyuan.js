/* Wenyuan's pages work without this script. With it, late libraries appear as they answer, the order changes at once,
   filters are folded on small screens, and the search box completes what is typed. */
(() => {
  "use strict";
  document.documentElement.classList.add("js");

  function prepare(root) {
    const sort = root.querySelector("#sort");
    if (sort) sort.addEventListener("change", () => sort.form.requestSubmit());
    if (window.matchMedia("(max-width: 56rem)").matches) {
      for (const facet of root.querySelectorAll("details.facet")) {
        if (!facet.querySelector(".chosen")) facet.open = false;
      }
    }
  }

  const box = document.getElementById("q");
  if (box && box.dataset.suggest) suggest(box);

  /* What is typed is completed from the catalogue: the list is there without a script, too, but does not change. */
  function suggest(input) {
    const list = document.getElementById("completions");
    let timer = 0;
    let asked = "";
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, 150);
    });

    async function ask() {
      const typed = input.value.trim();
      if (!typed || typed === asked) return;
      asked = typed;
      try {
        const answer = await fetch(`${input.dataset.suggest}&q=${encodeURIComponent(typed)}`);
        if (!answer.ok || typed !== input.value.trim()) return;
        const [, texts, kinds] = await answer.json();
        list.replaceChildren(
          ...texts.map((text, place) => {
            const option = document.createElement("option");
            option.value = text;
            option.textContent = kinds[place];
            return option;
          }),
        );
      } catch {
        asked = ""; // no suggestions are no error
      }
    }
  }

  const late = document.getElementById("late");
  prepare(document);
  if (late && "EventSource" in window) follow(late);

  function follow(box) {
    const data = JSON.parse(box.dataset.words);
    const format = new Intl.NumberFormat(document.documentElement.lang);
    const say = (message, value) => message.replace("%(n)s", format.format(value));
    const text = document.getElementById("late-text");
    const refresh = document.getElementById("late-refresh");
    const shown = box.dataset.shown.trim();
    let news = false;
    let touched = false; // a reader at work is not disturbed: the list changes when asked to
    for (const kind of ["pointerdown", "keydown", "wheel", "touchstart"]) {
      window.addEventListener(kind, () => { touched = true; }, { once: true, passive: true });
    }

    const source = new EventSource(box.dataset.stream);
    source.addEventListener("target", (event) => showTarget(JSON.parse(event.data)));
    source.addEventListener("answer", (event) => compare(JSON.parse(event.data)));
    source.addEventListener("done", () => {
      source.close();
      if (!news) {
        text.textContent = data.words.done;
        refresh.hidden = true;
      } else if (!touched) {
        renew();
      }
    });
    source.onerror = () => {
      source.close();
      text.textContent = data.words.lost;
    };
    refresh.addEventListener("click", (event) => {
      event.preventDefault();
      source.close();
      renew().then(() => document.getElementById("results").focus());
    });

    function compare(answer) {
      const now = answer.records.map((record) => `${record.id}:${record.member_count}`).join(" ");
      news = now !== shown;
      if (news) text.textContent = say(data.words.new, answer.total);
    }

    function showTarget(status) {
      const row = [...document.querySelectorAll(".target")].find((item) => item.dataset.target === status.id);
      if (!row) return;
      row.dataset.state = status.state;
      const put = (name, value) => {
        const element = row.querySelector(name);
        element.textContent = value;
        if (element.tagName === "P") element.hidden = !value;
      };
      put(".target-state", data.states[status.state] || status.state);
      put(".target-hits", status.hits === null || status.hits === undefined ? "" : say(data.words.found, status.hits));
      put(".target-time", status.ms ? say(data.words.seconds, Math.round(status.ms / 10) / 100) : "");
      const said = status.diagnostic;
      put(".target-cause", ["ok", "waiting"].includes(status.state) ? "" : cause(status.state, said ? said.kind : ""));
      put(".target-detail", said ? [said.message, said.detail, said.code].filter(Boolean).join(" · ") : "");
      count();
    }

    function cause(state, kind) {
      return data.causes[`${state}/${data.kinds[kind] || kind}`] || data.causes[state] || "";
    }

    function count() {
      const rows = [...document.querySelectorAll(".target")];
      const list = document.querySelector(".asked-counts");
      list.replaceChildren();
      for (const [state, message] of Object.entries(data.counts)) {
        const names = rows
          .filter((row) => row.dataset.state === state)
          .map((row) => row.querySelector(".target-name").textContent);
        if (!names.length) continue;
        let line = say(message, names.length);
        if (state !== "ok" && names.length <= data.named.most) {
          line = data.named.with.replace("%(count)s", line).replace("%(names)s", () => names.join(data.named.comma));
        }
        const part = document.createElement("span");
        part.className = "asked-count";
        part.dataset.state = state;
        part.textContent = line;
        list.append(part);
      }
    }

    /* The server draws the page; only its changed parts are put in, so that the reader's place is kept. */
    async function renew() {
      try {
        const answer = await fetch(refresh.href, { headers: { Accept: "text/html" } });
        if (!answer.ok) throw new Error(String(answer.status));
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const id of ["asked", "results", "facets", "targets"]) {
          const old = document.getElementById(id);
          const fresh = page.getElementById(id);
          if (!old || !fresh) continue;
          if (old.open) fresh.open = true;
          old.replaceWith(document.adoptNode(fresh));
        }
        prepare(document);
        if (!page.getElementById("late")) refresh.hidden = true;
      } catch {
        window.location.assign(refresh.href);
      }
    }
  }
})();
