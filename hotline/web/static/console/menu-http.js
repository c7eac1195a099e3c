// Requests of the pages about menus: JSON both ways, what was refused as an Error with its stable code.

export class Refused extends Error {
  constructor(code, sentence) {
    super(sentence);
    this.code = code;
  }
}

export function connection(options) {
  async function ask(method, path, body, type) {
    let answer;
    try {
      answer = await fetch(path, {
        method,
        body,
        headers: { "Content-Type": type, "X-CSRF-Token": options.csrf, "Accept-Language": options.language },
      });
    } catch (error) {
      throw new Refused("offline", options.words.offline);
    }
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refused(said.code || "failed", said.detail || answer.statusText);
    return said;
  }
  return {
    post: (path, words) => ask("POST", path, JSON.stringify(words), "application/json"),
    put: (path, blob) => ask("PUT", path, blob, "audio/wav"),
  };
}
