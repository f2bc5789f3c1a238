import { copyButton } from "./copy.js";
import { highlight } from "./highlight.js";

for (const item of document.querySelectorAll(".commands li")) {
  const command = item.querySelector("code").textContent;
  item.append(copyButton(() => command, `“${command}”`));
}
for (const code of document.querySelectorAll("pre code[data-language]")) {
  code.replaceChildren(...highlight(code.textContent, code.dataset.language));
}
