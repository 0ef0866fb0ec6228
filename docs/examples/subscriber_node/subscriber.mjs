// A system that hears from Acquit what was paid: reads its queue, handles every event once, stays connected.
//
//     npm ci
//     node subscriber.mjs --url amqps://subscriber-demo:PASSWORD@HOST/ --queue subscribers.demo --store events.jsonl
//
// The URL and the queue may also stand in the environment: SUBSCRIBER_AMQP_URL, SUBSCRIBER_QUEUE.
// See docs/subscribing.md for what the events say and promise.

import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import amqp from "amqplib";
import { eventIn, lineOf, Store } from "./events.mjs";

const PREFETCH = 50; // so many events RabbitMQ hands out before the first of them is acknowledged
const CONNECT_MS = 10_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** Reads one queue until it was told to stop or has seen enough. */
class Subscriber {
  events = [];
  duplicates = 0;
  unreadable = 0;
  #stop = new AbortController();
  #pause = FIRST_PAUSE_MS;

  constructor(store, count) {
    this.store = store;
    this.count = count;
  }

  stop() {
    this.#stop.abort();
  }

  /** Read until stopped; connect again whenever the connection is lost. */
  async run(url, queue) {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const connection = await amqp.connect(url, { timeout: CONNECT_MS });
        await this.#read(connection, queue);
      } catch (error) {
        if (signal.aborted) return;
        console.error(`connection lost (${error.code ?? error.message}), again in ${this.#pause / 1000} s`);
        await sleep(this.#pause, undefined, { signal }).catch(() => {});
        this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
      }
    }
  }

  /** Returns when stopped; throws when the connection breaks. */
  async #read(connection, queue) {
    const { signal } = this.#stop;
    const ended = new Promise((resolve, reject) => {
      signal.addEventListener("abort", resolve, { once: true });
      connection.on("error", reject);
      connection.on("close", () => reject(new Error("closed")));
      this.lose = reject;
    });
    ended.catch(() => {}); // it may come while something else is being awaited, which then fails by itself
    try {
      const channel = await connection.createChannel();
      channel.on("error", this.lose);
      await channel.prefetch(PREFETCH);
      // The queue is there already; a subscriber may not declare anything, not even to look.
      await channel.consume(queue, (message) => this.#onMessage(channel, message));
      this.#pause = FIRST_PAUSE_MS;
      await ended;
      await channel.close(); // after the acknowledgements, which closing the connection would overtake
    } finally {
      await connection.close().catch(() => {});
    }
  }

  /** Handle, then acknowledge: a crash in between brings the event again, and the store recognises it. */
  #onMessage(channel, message) {
    if (message === null) return this.lose(new Error("the queue is gone"));
    if (this.#stop.signal.aborted) return; // neither handled nor acknowledged: it stays in the queue
    try {
      this.#handle(message);
      channel.ack(message);
    } catch (error) {
      return this.lose(error); // not handled, or not acknowledged because the channel is closed: it comes again
    }
    if (this.count !== undefined && this.events.length >= this.count) this.stop();
  }

  #handle(message) {
    const event = eventIn(message.content);
    if (event === null) {
      this.unreadable += 1;
      console.error(`unreadable message ${message.properties.messageId}`);
    } else if (this.store.handleOnce(event)) {
      this.events.push(event);
      console.log(lineOf(event));
    } else {
      this.duplicates += 1;
    }
  }
}

const { values } = parseArgs({
  options: {
    url: { type: "string", default: process.env.SUBSCRIBER_AMQP_URL },
    queue: { type: "string", default: process.env.SUBSCRIBER_QUEUE },
    store: { type: "string" }, // file that remembers events; without one only as long as the program runs
    count: { type: "string" }, // stop after so many events
    timeout: { type: "string" }, // stop after so many seconds
    json: { type: "string" }, // write what was received to this file in the end
  },
});
if (!values.url || !values.queue) {
  console.error("--url and --queue are needed (or SUBSCRIBER_AMQP_URL and SUBSCRIBER_QUEUE)");
  process.exit(2);
}

const store = new Store(values.store);
const subscriber = new Subscriber(store, values.count === undefined ? undefined : Number(values.count));
for (const sign of ["SIGINT", "SIGTERM"]) process.once(sign, () => subscriber.stop());
const alarm = values.timeout === undefined ? null : setTimeout(() => subscriber.stop(), Number(values.timeout) * 1000);
await subscriber.run(values.url, values.queue);
clearTimeout(alarm);
store.close();
const { events, duplicates, unreadable } = subscriber;
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ events, duplicates, unreadable }, null, 2));
process.exitCode = values.count === undefined || events.length >= Number(values.count) ? 0 : 1;
