// A field with a limit takes no part of what does not fit: it says how much does. By itself a browser cuts it
// off without a word. Text of an input method cannot be refused while it is composed; that it was cut is said.
const chinese = () => document.documentElement.lang.startsWith("zh");
const limited = (one) => one instanceof Element && one.matches("textarea[maxlength], input[maxlength]");
const whole = (most, tried, left) => chinese()
  ? `这里最多 ${most} 字，还可写 ${left} 字；这次的 ${tried} 字放不下，没有写入。请缩短，或分开写。`
  : `At most ${most} letters fit here, ${left} more now: these ${tried} do not and were not taken. ` +
    "Shorten them, or write them in parts.";
const room = (one) =>
  Math.max(0, one.maxLength - one.value.length + (one.selectionEnd ?? 0) - (one.selectionStart ?? 0));
const full = (most) => chinese()
  ? `这里最多 ${most} 字，已经写满；再多的没有写入。`
  : `At most ${most} letters fit here, and they are full: nothing more was taken.`;

function tell(one, words) {
  one.setCustomValidity(words);
  one.reportValidity();
  const over = () => one.setCustomValidity("");  // it would keep the form from being sent
  for (const kind of ["input", "blur"]) one.addEventListener(kind, over, {once: true});
  setTimeout(over, 10000);
}

addEventListener("beforeinput", (event) => {
  const one = event.target, added = (event.data ?? "").replaceAll("\r\n", "\n");
  if (!limited(one) || !added || event.isComposing) return;
  const left = room(one);
  if (added.length <= left) return;
  event.preventDefault();
  tell(one, left || added.length > 1 ? whole(one.maxLength, added.length, left) : full(one.maxLength));
}, true);

let before = 0;
addEventListener("compositionstart", (event) => {
  if (limited(event.target)) before = room(event.target);
}, true);
addEventListener("compositionend", (event) => {
  const one = event.target;
  if (limited(one) && (event.data ?? "").length > before) setTimeout(() => tell(one, full(one.maxLength)));
}, true);
