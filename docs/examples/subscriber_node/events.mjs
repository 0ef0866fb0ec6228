// What both programs here do with an event: check it, handle it once, print it.

import { closeSync, existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import { CloudEvent } from "cloudevents";

/**
 * Remembers what was handled. Here a real system would book the payment: in its database, in one transaction with the
 * event's id under a unique key. This file of lines is enough for one process.
 */
export class Store {
  #ids = new Set();
  #file = null;

  constructor(path) {
    if (path === undefined) return;
    if (existsSync(path)) this.#read(path);
    this.#file = openSync(path, "a", 0o600);
  }

  #read(path) {
    const content = readFileSync(path);
    const whole = content.lastIndexOf("\n") + 1; // what a crash left behind the last whole line was never acknowledged
    if (whole < content.length) truncateSync(path, whole);
    for (const line of content.subarray(0, whole).toString().split("\n")) {
      if (line !== "") this.#ids.add(JSON.parse(line).id);
    }
  }

  /** Records the event; false when it is here already. On return it is on the disk. */
  handleOnce(event) {
    if (this.#ids.has(event.id)) return false;
    if (this.#file !== null) {
      writeSync(this.#file, `${JSON.stringify(event)}\n`);
      fsyncSync(this.#file);
    }
    this.#ids.add(event.id);
    return true;
  }

  close() {
    if (this.#file !== null) closeSync(this.#file);
  }
}

/**
 * The CloudEvent in a body, or null. Unknown types and fields are no mistake: new ones may come at any time. It is kept
 * as it came, because a Date has milliseconds only.
 */
export function eventIn(body) {
  try {
    const event = JSON.parse(body.toString());
    new CloudEvent(event); // throws when it is none
    return event;
  } catch {
    return null;
  }
}

/** Type, subject and amount. Amounts are whole cents; they become dollars only where a person reads them. */
export function lineOf(event) {
  const cents = event.data?.amount_cents ?? event.data?.benefit_cents;
  const amount = cents === undefined ? "" : `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, "0")} CAD`;
  return `${event.type.padEnd(32)} ${(event.subject ?? "").padEnd(40)} ${amount.padStart(16)}`;
}
