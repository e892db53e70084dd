// Follows cargo-leptos on a developer's machine: a changed style is taken without a reload.
const { port } = document.querySelector('script[data-port]').dataset;

new WebSocket(`ws://${location.hostname}:${port}/live_reload`).onmessage = ({ data }) => {
  const { css } = JSON.parse(data);
  if (!css) return location.reload();
  document.querySelector('link[rel=stylesheet]').href = `/${css}?${Date.now()}`;
};
