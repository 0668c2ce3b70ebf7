"use strict";

const link = window.location.hash.slice(1);
const form = document.getElementById("form");
const fault = document.getElementById("fault");
const button = document.getElementById("send");

function tell(text) {
  fault.textContent = text;
  fault.hidden = text === "";
}

function faultOf(problem) {
  const own = (problem.errors || []).map((one) => `${one.location.replace("body.", "")} ${one.detail}`);
  return [own.length ? own.join("; ") : problem.detail, problem.hint].filter(Boolean).join(". ");
}

async function send(event) {
  event.preventDefault();
  const { name, password, again } = form.elements;
  if (password.value !== again.value) {
    tell("The two passwords differ.");
    again.focus();
    return;
  }
  tell("");
  button.disabled = true;
  const asked = { link, password: password.value, name: name.value.trim() || null };
  try {
    const answer = await fetch("/api/v1/auth/setup", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(asked),
    });
    const told = await answer.json();
    if (!answer.ok) {
      tell(faultOf(told));
      return;
    }
    history.replaceState(null, "", "/setup");
    document.getElementById("who").textContent = told.name;
    form.hidden = true;
    const done = document.getElementById("done");
    done.hidden = false;
    done.focus();
  } catch {
    tell("The server does not answer. Is riskpanel serve still running?");
  } finally {
    button.disabled = false;
  }
}

form.addEventListener("submit", send);
if (link === "") {
  tell("The link is not whole: open it as it was printed, with all that follows the # sign.");
}
