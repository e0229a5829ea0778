/** JsSIP in a real browser, over WSS: registers, calls a softphone on UDP, and is called by it. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Page } from "playwright-core";
import { openPhone, type Softphone } from "../../src/demo/index.ts";
import { DOMAIN, PASSWORD } from "../support/edge.ts";
import { until } from "../support/until.ts";
import { openBrowser } from "./support/browser.ts";
import { MD5, type PeerEdge, startPeerEdge } from "./support/daemon.ts";
import { needs } from "./support/programs.ts";

const debian = { ...needs("chromium", "chromium"), timeout: 60_000 };

/** What a browser needs in a session description (RFC 8829): keys and ways for media, which no test here sends. */
function session(setup: "active" | "actpass"): string {
  return [
    "v=0",
    "o=- 1 1 IN IP4 127.0.0.1",
    "s=-",
    "t=0 0",
    "a=group:BUNDLE 0",
    "m=audio 9 UDP/TLS/RTP/SAVPF 8",
    "c=IN IP4 0.0.0.0",
    "a=mid:0",
    "a=sendrecv",
    "a=rtcp-mux",
    "a=rtpmap:8 PCMA/8000",
    "a=ice-ufrag:abcd",
    "a=ice-pwd:abcdefghijklmnopqrstuvwx",
    `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => "AB").join(":")}`,
    `a=setup:${setup}`,
    "",
  ].join("\r\n");
}

async function softphone(t: TestContext, edge: PeerEdge, setup: "active" | "actpass"): Promise<Softphone> {
  const more = { domain: DOMAIN, password: PASSWORD, edge: edge.daemon.udp, session: session(setup) };
  const phone = await openPhone({ name: "bert", user: "bert", ...more });
  t.after(() => phone.close());
  assert.equal((await phone.register()).status, 200);
  return phone;
}

/** Starts JsSIP in the page and lists what happens to it in `window.events`. */
async function startJsSip(page: Page, url: string, register: boolean): Promise<void> {
  const script = `
    window.events = [];
    const socket = new JsSIP.WebSocketInterface(${JSON.stringify(url)});
    const ua = window.ua = new JsSIP.UA({
      sockets: [socket], uri: "sip:anna@${DOMAIN}", password: ${JSON.stringify(PASSWORD)}, register: ${register},
    });
    const tell = (name) => (e) => window.events.push(name + (e && e.cause ? " " + e.cause : ""));
    for (const name of ["connected", "disconnected", "registered", "unregistered", "registrationFailed"]) ua.on(name, tell(name));
    ua.on("newRTCSession", ({ session }) => {
      window.session = session;
      for (const name of ["progress", "accepted", "confirmed", "ended", "failed"]) session.on(name, tell(name));
    });
    ua.start();`;
  await page.evaluate(script);
}

const happened = (page: Page): Promise<string[]> => page.evaluate("window.events");

async function sees(page: Page, event: string): Promise<void> {
  let events: string[] = [];
  const has = async (): Promise<boolean> => {
    events = await happened(page);
    return events.includes(event);
  };
  await until(`the browser sees "${event}"`, has, 10_000).catch((error: Error) => {
    throw new Error(`${error.message}: ${events.join(", ")}`);
  });
}

test("JsSIP in Chromium over WSS registers, calls a phone on UDP, and either end hangs up", debian, async (t) => {
  const edge = await startPeerEdge(t, ["anna", "bert"], MD5);
  const bert = await softphone(t, edge, "active");
  const page = await openBrowser(t, `https://${DOMAIN}`);
  await startJsSip(page, `wss://127.0.0.1:${edge.daemon.at("wss").port}`, true);
  await sees(page, "registered");
  const rows = (await edge.daemon.command("registrations.list", { aor: `anna@${DOMAIN}` })) as { contact: string }[];
  assert.match(rows[0].contact, /\.invalid;transport=ws$/);

  for (const end of ["browser", "phone"]) {
    await page.evaluate("window.events = []");
    await page.evaluate(`ua.call("sip:bert@${DOMAIN}", { mediaConstraints: { audio: true, video: false } }) && null`);
    await sees(page, "confirmed");
    const incoming = bert.calls[bert.calls.length - 1];
    await incoming.confirmed;
    if (end === "browser") {
      await page.evaluate("session.terminate()");
      await until("the phone's call has ended", () => incoming.state === "ended");
    } else assert.equal((await incoming.request("BYE")).status, 200);
    await sees(page, "ended Terminated");
  }
});

test("a phone on UDP calls JsSIP in Chromium", debian, async (t) => {
  const edge = await startPeerEdge(t, ["anna", "bert"], MD5);
  const bert = await softphone(t, edge, "actpass");
  const page = await openBrowser(t, `https://${DOMAIN}`);
  await startJsSip(page, `wss://127.0.0.1:${edge.daemon.at("wss").port}`, true);
  await sees(page, "registered");
  const call = bert.call(`sip:anna@${DOMAIN}`);
  assert.equal((await call.ringing).status, 180);
  await page.evaluate("session.answer({ mediaConstraints: { audio: true, video: false } })");
  assert.equal((await call.final).status, 200);
  await sees(page, "confirmed");
  assert.equal((await call.request("BYE")).status, 200);
  await sees(page, "ended Terminated");
});

test("JsSIP loses its WebSocket in the middle of a call, connects again, and the call goes on", debian, async (t) => {
  const edge = await startPeerEdge(t, ["anna", "bert"], MD5);
  const bert = await softphone(t, edge, "active");
  const page = await openBrowser(t, `https://${DOMAIN}`);
  await startJsSip(page, `wss://127.0.0.1:${edge.daemon.at("wss").port}`, true);
  await sees(page, "registered");
  await page.evaluate(`ua.call("sip:bert@${DOMAIN}", { mediaConstraints: { audio: true, video: false } }) && null`);
  await sees(page, "confirmed");
  const [incoming] = bert.calls;
  await incoming.confirmed;
  await page.evaluate("window.events = []");
  await page.evaluate("ua.transport.socket._ws.close()");
  await sees(page, "disconnected");
  await sees(page, "registered");
  assert.equal((await incoming.request("INFO", "Content-Type: text/plain\r\n", "still there?")).status, 200);
  assert.equal((await incoming.request("BYE")).status, 200);
  await sees(page, "ended Terminated");
});

test("a page of a foreign site gets no connection", debian, async (t) => {
  const edge = await startPeerEdge(t, ["anna"], MD5);
  const page = await openBrowser(t, "https://evil.example");
  await startJsSip(page, `wss://127.0.0.1:${edge.daemon.at("wss").port}`, false);
  await sees(page, "disconnected");
  assert.equal((await happened(page)).includes("connected"), false);
  const { doors } = (await edge.daemon.command("status")) as { doors: Record<string, number> };
  assert.ok(doors.foreignOrigin > 0);
});
