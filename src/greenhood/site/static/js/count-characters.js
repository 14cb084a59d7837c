// A live count under a text field with `data-count="1000"`: as people count, a line break is one character.

for (const field of document.querySelectorAll("textarea[data-count]")) {
  const most = Number(field.dataset.count);
  const line = document.createElement("p");
  line.className = "character-count";
  // Said aloud only when typing pauses.
  const spoken = document.createElement("p");
  spoken.className = "sr-only";
  spoken.setAttribute("role", "status");
  field.after(line, spoken);
  field.removeAttribute("maxlength");

  let pause;
  const show = () => {
    const count = [...field.value.trim()].length;
    const over = count - most;
    line.textContent = over > 0 ? `${count} / ${most} 字，超出 ${over} 字` : `${count} / ${most} 字`;
    line.classList.toggle("character-count-over", over > 0);
    clearTimeout(pause);
    pause = setTimeout(() => { spoken.textContent = line.textContent; }, 1000);
  };
  field.addEventListener("input", show);
  show();
}
