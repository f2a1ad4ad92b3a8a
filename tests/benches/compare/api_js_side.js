// whatsapp-api-js's side: verifies, parses and hands the message to a handler. A line in, microseconds of user CPU out.
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { WhatsAppAPI } from "whatsapp-api-js";

const TIMES = 20_000;
const SECRET = "0123456789abcdef0123456789abcdef";
const body = readFileSync(process.argv[2], "utf8");
const signature = "sha256=" + createHmac("sha256", SECRET).update(body).digest("hex");
const client = new WhatsAppAPI({ token: "t", appSecret: SECRET, v: "v23.0" });
let seen = 0;
client.on.message = ({ message }) => { seen += message.id && message.text ? 1 : 0; };

for await (const _ of createInterface({ input: process.stdin })) {
  seen = 0;
  const before = process.cpuUsage();
  for (let time = 0; time < TIMES; time++) await client.post(JSON.parse(body), body, signature);
  const took = process.cpuUsage(before).user;
  if (seen !== TIMES) throw new Error(`${seen} of ${TIMES} messages were surfaced`);
  console.log((took / TIMES).toFixed(3));
}
