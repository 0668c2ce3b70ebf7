/** What the API refused, in words for people. */

import { ProblemError } from "./client";

/** "1 minute", "40 seconds", of what a refusal says about waiting; null when it says nothing. */
export function waitOf(hint: string | null): string | null {
  const seconds = Number(/wait (\d+) seconds?/.exec(hint ?? "")?.[1] ?? Number.NaN);
  if (Number.isNaN(seconds)) return null;
  if (seconds < 60) return `${seconds} ${seconds === 1 ? "second" : "seconds"}`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `${minutes} ${minutes === 1 ? "minute" : "minutes"}`;
  const hours = Math.ceil(minutes / 60);
  return `${hours} ${hours === 1 ? "hour" : "hours"}`;
}

export interface Refusal {
  readonly title: string;
  readonly advice: string | null;
}

/** A refusal in words: what happened, and what to do. */
export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof ProblemError))
    return { title: "This failed in your browser.", advice: "Reload the page, then try again." };
  if (error.status === 0)
    return {
      title: "The server does not answer.",
      advice: "Check that riskpanel serve is running, then try again.",
    };
  const wait = waitOf(error.hint);
  if (error.status === 429)
    return { title: "Too many attempts failed.", advice: `Wait ${wait ?? "a while"}, then try again.` };
  return { title: sentence(error.detail), advice: error.hint === null ? null : sentence(error.hint) };
}

/** A refusal or advice as a sentence. */
export function sentence(text: string): string {
  if (text === "") return "";
  const capital = text.startsWith("riskpanel") ? text : `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return /[.:]$/.test(capital) ? capital : `${capital}.`;
}

/** What is wrong with one field of a form, or null. */
export function faultOf(error: unknown, field: string): string | null {
  if (!(error instanceof ProblemError)) return null;
  const fault = error.faults.find((one) => one.location === `body.${field}`);
  return fault === undefined ? null : sentence(fault.detail);
}

/** Whether every fault of a refusal stands at one of these fields. */
export function isTold(error: unknown, fields: readonly string[]): boolean {
  if (!(error instanceof ProblemError) || error.faults.length === 0) return false;
  return error.faults.every((fault) => fields.includes(fault.location.replace(/^body\./, "")));
}

/** A hint that a person can follow, as a sentence; null where it only names an address of the API. */
export function adviceOf(hint: string | null): string | null {
  return hint === null || hint === "" || /^GET /.test(hint) ? null : sentence(hint);
}
