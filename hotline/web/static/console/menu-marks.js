// What the text editor shows beside its lines, what it offers at the cursor, and how much it takes.

const TYPES = { key: "property", required: "property", steps: "function", prompts: "text", value: "enum" };

export function marks(CM) {
  const set = CM.StateEffect.define();

  class Says extends CM.WidgetType {
    constructor(text, warning) {
      super();
      this.text = text;
      this.warning = warning;
    }
    eq(other) {
      return other.text === this.text && other.warning === this.warning;
    }
    toDOM() {
      const span = document.createElement("span");
      span.className = this.warning ? "hl-says hl-says-warning" : "hl-says";
      span.textContent = ` ${this.warning ? "▲" : "●"} ${this.text}`;
      return span;
    }
  }

  class Dot extends CM.GutterMarker {
    constructor(warning) {
      super();
      this.warning = warning;
    }
    eq(other) {
      return other.warning === this.warning;
    }
    toDOM() {
      const span = document.createElement("span");
      span.className = this.warning ? "hl-dot hl-dot-warning" : "hl-dot";
      span.textContent = this.warning ? "▲" : "●";
      return span;
    }
  }

  const decorations = CM.StateField.define({
    create: () => CM.Decoration.none,
    update(value, transaction) {
      value = value.map(transaction.changes);
      for (const effect of transaction.effects) if (effect.is(set)) value = effect.value.lines;
      return value;
    },
    provide: (field) => CM.EditorView.decorations.from(field),
  });
  const dots = CM.StateField.define({
    create: () => CM.RangeSet.empty,
    update(value, transaction) {
      value = value.map(transaction.changes);
      for (const effect of transaction.effects) if (effect.is(set)) value = effect.value.dots;
      return value;
    },
  });

  function show(view, problems) {
    const doc = view.state.doc;
    const byLine = new Map();
    for (const problem of problems) {
      const number = Math.min(Math.max(problem.line, 1), doc.lines);
      const found = byLine.get(number) || { warning: true, texts: [] };
      found.warning = found.warning && problem.warning;
      if (!found.texts.includes(problem.message)) found.texts.push(problem.message);
      byLine.set(number, found);
    }
    const lines = [];
    const points = [];
    for (const [number, found] of byLine) {
      const line = doc.line(number);
      const text = found.texts.join(" · ").slice(0, 200);
      lines.push(
        CM.Decoration.line({ class: found.warning ? "hl-line-warning" : "hl-line-bad" }).range(line.from),
        CM.Decoration.widget({ widget: new Says(text, found.warning), side: 1 }).range(line.to),
      );
      points.push(new Dot(found.warning).range(line.from));
    }
    view.dispatch({
      effects: set.of({ lines: CM.Decoration.set(lines, true), dots: CM.RangeSet.of(points, true) }),
    });
  }

  const extension = [
    decorations,
    dots,
    CM.gutter({ class: "hl-dots", markers: (view) => view.state.field(dots), initialSpacer: () => new Dot(true) }),
  ];
  return { extension, show };
}

// Offers what the server says can stand at the cursor; it reads the text by indentation, so broken YAML will do.
export function completion(CM, ask, file) {
  async function source(context) {
    const line = context.state.doc.lineAt(context.pos);
    const before = line.text.slice(0, context.pos - line.from);
    if (!context.explicit && !/[\w.]$/.test(before) && !/(: |[[{,] ?|- )$/.test(before)) return null;
    let found;
    try {
      found = await ask("/menus/completion", {
        file,
        text: context.state.doc.toString(),
        line: line.number,
        column: context.pos - line.from,
      });
    } catch (error) {
      return null; // typing goes on without offers
    }
    if (context.aborted || !found.options.length) return null;
    return {
      from: context.pos - found.typed.length,
      validFor: /^[\w.*#-]*$/,
      options: found.options.map(([label, detail, sort]) => ({
        label,
        detail: detail.slice(0, 60),
        type: TYPES[sort] || "constant",
        boost: sort === "required" ? 2 : 0,
        apply: sort === "key" || sort === "required" ? `${label}: ` : label,
      })),
    };
  }
  return CM.EditorState.languageData.of(() => [{ autocomplete: source }]);
}

// Refuses what would make the text larger than a menu may be; what is there stays, and so does the clipboard.
export function limit(CM, most, tell) {
  return CM.EditorState.transactionFilter.of((transaction) => {
    if (!transaction.docChanged) return transaction;
    const length = transaction.newDoc.length;
    if (length <= transaction.startState.doc.length) return transaction;
    if (length * 3 <= most) return transaction;
    const size = length > most ? length : new Blob([transaction.newDoc.toString()]).size;
    if (size <= most) return transaction;
    tell(size);
    return [];
  });
}
