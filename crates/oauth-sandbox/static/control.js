// Keeps the log of the control page up to date. Without it the page shows what was there when it was loaded.
const log = document.querySelector("#log");
const rows = log.querySelector("tbody");
const MOST_ROWS = 50;
let last = Number(log.dataset.last);

function row(event) {
  const line = document.createElement("tr");
  const cells = [event.endpoint, event.outcome, event.reason, event.fault, event.user, event.at];
  cells.forEach((text, index) => {
    const cell = document.createElement("td");
    if (index < 4) cell.className = "code";
    cell.textContent = text ?? "";
    line.append(cell);
  });
  return line;
}

function show({ events, counters }) {
  for (const event of events) {
    last = event.id;
    rows.prepend(row(event));
  }
  while (rows.children.length > MOST_ROWS) rows.lastElementChild.remove();
  for (const figure of log.querySelectorAll("[data-counter]")) {
    figure.textContent = counters[figure.dataset.counter];
  }
}

// The server answers as soon as there is something new; an error pauses, so that a stopped sandbox is
// not asked over and over.
while (true) {
  try {
    const answer = await fetch(`/sandbox/api/log?after=${last}&wait_ms=25000`);
    if (!answer.ok) throw new Error(answer.statusText);
    show(await answer.json());
  } catch {
    await new Promise((resume) => setTimeout(resume, 5000));
  }
}
