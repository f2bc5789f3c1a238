// highlight cuts source text into comments, strings, keywords and
// numbers, and returns nodes. It knows no grammar, only what a word
// looks like.

const keywords = {
  js: "async await break case catch class const continue customElements default delete do else export extends false finally for from " +
    "function if import in instanceof let new null of return static super switch this throw true try typeof undefined var void while yield",
  go: "break case chan const continue default defer else fallthrough false for func go goto if " +
    "import interface iota map nil package range return select struct switch true type var",
};

const string = String.raw`"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|` + "`(?:[^`\\\\]|\\\\.)*`";
const patterns = {
  js: new RegExp(String.raw`(?<comment>//.*|/\*[^]*?\*/)|(?<string>${string})|(?<number>\b\d[\d_.]*\b)|(?<word>[A-Za-z_$][\w$]*)`, "g"),
  go: new RegExp(String.raw`(?<comment>//.*|/\*[^]*?\*/)|(?<string>${string})|(?<number>\b\d[\d_.]*\b)|(?<word>[A-Za-z_]\w*)`, "g"),
};

export function highlight(text, language) {
  const pattern = patterns[language];
  if (!pattern) return [text];
  const known = new Set(keywords[language].split(" "));
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    const { word, ...groups } = match.groups;
    const kind = word ? known.has(word) && "keyword" : Object.keys(groups).find((name) => groups[name] !== undefined);
    if (!kind) continue;
    nodes.push(text.slice(at, match.index), token(match[0], kind));
    at = match.index + match[0].length;
  }
  nodes.push(text.slice(at));
  return nodes;
}

function token(text, kind) {
  const span = document.createElement("span");
  span.className = `t-${kind}`;
  span.textContent = text;
  return span;
}
