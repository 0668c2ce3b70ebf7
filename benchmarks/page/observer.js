// Runs before the page's own scripts: keeps what the browser tells of a load, and when the page was all there.
(() => {
  const LONG = 50; // milliseconds of a task from which a click would wait noticeably
  const seen = { paint: null, largest: null, tasks: [], shifts: [], shownAt: null };
  const keep = (type, each) =>
    new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true });

  keep("paint", (entry) => {
    if (entry.name === "first-contentful-paint") seen.paint = entry.startTime;
  });
  keep("largest-contentful-paint", (entry) => {
    seen.largest = entry.startTime;
  });
  keep("longtask", (entry) => {
    seen.tasks.push({ start: entry.startTime, end: entry.startTime + entry.duration });
  });
  keep("layout-shift", (entry) => {
    if (!entry.hadRecentInput) seen.shifts.push({ value: entry.value, moved: entry.sources.map(told) });
  });

  const told = ({ node, previousRect, currentRect }) =>
    `${nameOf(node)} from ${placeOf(previousRect)} to ${placeOf(currentRect)}`;
  const placeOf = (box) =>
    `${Math.round(box.width)} x ${Math.round(box.height)} at ${Math.round(box.x)}, ${Math.round(box.y)}`;
  const nameOf = (node) => {
    const element = node instanceof Element ? node : node?.parentElement;
    if (!element) return "something that is gone";
    const classes = [...element.classList].filter((name) => name.startsWith("rp-") || name.startsWith("mantine-"));
    return [element.tagName.toLowerCase(), ...classes].join(".");
  };

  const LOADING = "[aria-busy=true], [role=status][aria-label=Loading]";
  const isThere = () =>
    document.querySelector("h1") !== null &&
    document.querySelector(LOADING) === null &&
    [...document.querySelectorAll("[data-chart]")].every((place) => place.querySelector("svg") !== null);
  let there = false;
  const look = () => {
    if (isThere() === there) return;
    there = !there;
    seen.shownAt = null;
    if (!there) return;
    // A timer that is set in a frame runs once that frame is painted.
    requestAnimationFrame(() =>
      setTimeout(() => {
        if (there) seen.shownAt = performance.now();
      }),
    );
  };
  new MutationObserver(look).observe(document, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ["aria-busy", "data-chart"],
  });

  const blocked = () =>
    seen.tasks
      .map(({ start, end }) => end - Math.max(start, seen.paint) - LONG)
      .reduce((sum, over) => sum + Math.max(0, over), 0);
  const figures = (interactive) => {
    const asked = performance.getEntriesByType("resource").filter((one) => one.startTime < interactive);
    const scripts = asked.filter((one) => new URL(one.name).pathname.endsWith(".js"));
    return {
      paint: seen.paint,
      largest: seen.largest,
      interactive,
      blocked: blocked(),
      shifted: seen.shifts.reduce((sum, shift) => sum + shift.value, 0),
      moved: seen.shifts.flatMap((shift) => shift.moved),
      scripts: scripts.reduce((sum, one) => sum + one.encodedBodySize, 0),
      requests: 1 + asked.length,
    };
  };

  // The figures, once the page has been all there and without a long task for so many milliseconds.
  window.vitalsAfter = (quiet) =>
    new Promise((done, fail) => {
      const timer = setInterval(() => {
        const now = performance.now();
        const interactive = Math.max(seen.shownAt, ...seen.tasks.map(({ end }) => end));
        const ended = seen.shownAt !== null && now - interactive >= quiet;
        if (!ended && now < 60_000) return;
        clearInterval(timer);
        if (ended) done(figures(interactive));
        else fail(new Error("the page was never all there"));
      }, 50);
    });

  // Middle of the switch of that name, brought into view; null until it is there.
  window.vitalsPlaceOf = (name) => {
    const found = [...document.querySelectorAll("label")].find((one) => one.textContent === name);
    if (found === undefined) return null;
    found.scrollIntoView({ block: "center", behavior: "instant" });
    const box = found.getBoundingClientRect();
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  };
  window.vitalsOnce = (name) =>
    [...document.querySelectorAll(".rp-key")].some((one) => one.textContent === name) && performance.now();
})();
