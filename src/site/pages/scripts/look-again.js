// Looks every two seconds whether the page says something else by now (its status is no longer 202)
// and only then opens it: whoever reads, or hears the page read, is not sent back to its start. An
// answer that is none of our pages, such as a gateway's 502, never takes the page's place.
const look = async () => {
  try {
    const answer = await fetch(location.href);
    if (answer.status !== 202 && answer.headers.has('content-language'))
      return location.replace(answer.url);
  } catch {}
  setTimeout(look, 2000);
};

setTimeout(look, 1000);
