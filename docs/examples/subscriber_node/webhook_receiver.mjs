// A system that Acquit calls: checks the signature of every call, handles every event once, answers quickly.
//
//     npm ci
//     node webhook_receiver.mjs --secret whsec_… --port 8090 --store events.jsonl
//
// The secret may also stand in the environment: WEBHOOK_SECRET. Put TLS in front of it. Signatures are those of Standard
// Webhooks (https://www.standardwebhooks.com).

import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { eventIn, lineOf, Store } from "./events.mjs";

const LARGEST_BODY_BYTES = 1024 * 1024;

class TooLargeError extends Error {}

/** The bytes as they came: the signature is over them, not over what a JSON parser makes of them. */
async function bodyOf(request) {
  const parts = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length > LARGEST_BODY_BYTES) throw new TooLargeError();
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The status to answer. Only 2xx ends the repetitions, so it comes after the event is on the disk. */
async function receive(request, webhook, store) {
  if (request.method !== "POST") return 405;
  try {
    const body = await bodyOf(request);
    webhook.verify(body, request.headers); // refuses also what is older than five minutes
    const event = eventIn(body);
    if (event === null) return 400;
    if (store.handleOnce(event)) console.log(lineOf(event));
    else console.log(`again ${event.id}`);
    return 204;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return 401;
    if (error instanceof TooLargeError) return 413;
    console.error(error);
    return 500; // it will be sent again
  }
}

const { values } = parseArgs({
  options: {
    secret: { type: "string", default: process.env.WEBHOOK_SECRET },
    host: { type: "string", default: "127.0.0.1" },
    port: { type: "string", default: "8090" },
    store: { type: "string" }, // file that remembers events; without one only as long as the program runs
  },
});
if (!values.secret) {
  console.error("--secret is needed (or WEBHOOK_SECRET)");
  process.exit(2);
}

const webhook = new Webhook(values.secret);
const store = new Store(values.store);
const server = createServer(async (request, response) => {
  response.writeHead(await receive(request, webhook, store)).end();
});
server.listen(Number(values.port), values.host, () => {
  console.log(`listening on http://${values.host}:${server.address().port}`);
});
for (const sign of ["SIGINT", "SIGTERM"]) {
  process.once(sign, () => {
    server.close(() => store.close());
    server.closeAllConnections();
  });
}
