// Requests to the server this page came from.

export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// ask sends a body as JSON, or without one reads; it throws a Refusal where the
// server says no. A server that wants its token gets it from the person first.
export async function ask(path, body, signal) {
  for (;;) {
    const answer = await send(path, body, signal);
    if (answer.ok) return answer.json();
    if (answer.status === 401) {
      await logIn();
      continue;
    }
    throw await refusal(answer);
  }
}

async function send(path, body, signal) {
  const options = body === undefined ? {} : {
    method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body),
  };
  try {
    return await fetch(path, {...options, signal});
  } catch (fault) {
    if (fault.name === "AbortError") throw fault;
    throw new Refusal(0, "The server does not answer.");
  }
}

async function refusal(answer) {
  let message = `The server answered ${answer.status}.`;
  try {
    message = (await answer.json()).error.message;
  } catch { /* not ours: the status must do */ }
  if (answer.status === 429) {
    message = `The server is busy; try again in ${answer.headers.get("Retry-After") ?? "a few"} s.`;
  }
  return new Refusal(answer.status, message);
}

let asking = null; // one dialog for all requests that wait for it

function logIn() {
  asking ??= askToken().finally(() => { asking = null; });
  return asking;
}

async function askToken() {
  const dialog = document.getElementById("login");
  const token = document.getElementById("token");
  const fault = document.getElementById("login-fault");
  for (;;) {
    dialog.showModal();
    await new Promise((done) => dialog.addEventListener("close", done, {once: true}));
    const answer = await send("/session", {token: token.value});
    token.value = "";
    if (answer.ok) {
      fault.textContent = "";
      return;
    }
    fault.textContent = "That is not the token.";
  }
}
