// copyButton makes a button that copies what text() returns, and says
// so.
export function copyButton(text, what) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.setAttribute("aria-live", "polite");
  show("Copy", `Copy ${what}`);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text());
    show("Copied", `Copied ${what}`);
    setTimeout(show, 1500, "Copy", `Copy ${what}`);
  });
  return button;

  function show(word, label) {
    button.textContent = word;
    button.setAttribute("aria-label", label);
  }
}
