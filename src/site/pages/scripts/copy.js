// Shows the button that copies, where the browser can, and says when it has.
const button = document.querySelector('[data-copy]');
const field = document.getElementById(button.dataset.copy);

if (navigator.clipboard) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      return field.select();
    }
    document.querySelector('[data-copied]').hidden = false;
  });
}
