// Time limits run on while a page is open: every 10 s, by the page itself, without asking anybody.
const TONES = [[100, "bad"], [80, "warn"], [50, "amber"], [0, "good"]];

function percentAt(points, now) {
  for (let n = 1; n < points.length; n += 1) {
    const [begin, low] = points[n - 1], [end, high] = points[n];
    if (now < end) return low + (high - low) * Math.max(0, end > begin ? (now - begin) / (end - begin) : 1);
  }
  return points.length ? points[points.length - 1][1] : 0;
}

function move() {
  const now = Date.now() / 1000 + (window.hotlineClockAhead || 0);
  for (const bar of document.querySelectorAll(".hl-bar[data-points]")) {
    const points = JSON.parse(bar.dataset.points || "[]");
    if (!points.length) continue;
    const percent = Math.floor(percentAt(points, now));
    const [, tone] = TONES.find(([from]) => percent >= from);
    bar.firstElementChild.style.width = `${percent}%`;
    for (const [, one] of TONES) bar.classList.toggle(one, one === tone);
    bar.setAttribute("aria-valuenow", String(percent));
  }
}

setInterval(move, 10000);
