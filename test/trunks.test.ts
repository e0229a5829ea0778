/** Trunks: addresses that call in without a password, changed while the daemon runs. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { openPhone, type Softphone } from "../src/demo/index.ts";
import { DOMAIN, type Edge, listener, startEdge } from "./support/edge.ts";

const NUMBER = `sip:+33142278186@${DOMAIN}`;

interface Scene {
  readonly edge: Edge;
  readonly pbx: Softphone;
  readonly anna: Softphone;
  /** Calls from 127.0.0.9, which nothing else of the test has. */
  readonly carrier: Softphone;
}

async function scene(t: TestContext, more = ""): Promise<Scene> {
  const towards = { host: "127.0.0.1", port: 9 };
  const pbx = await openPhone({ name: "pbx", user: "pbx", domain: DOMAIN, password: "", edge: towards, t1: 100 });
  t.after(() => pbx.close());
  const backend = `[[backend]]\nname = "pbx"\nuri = "sip:${pbx.wire.sentBy}"\n[front]\nregister = "edge"\n`;
  const listen = listener("udp", "127.0.0.1:0") + listener("tcp", "127.0.0.1:0") + backend + more;
  const edge = await startEdge(t, { users: ["anna"], listen, dial: 'preset = "fr"' });
  towards.port = edge.inside.port;
  const anna = await edge.phone("anna");
  assert.equal((await anna.register()).status, 200);
  const carrier = await edge.phone("carrier", { domain: "carrier.example", password: "", local: "127.0.0.9" });
  return { edge, pbx, anna, carrier };
}

/** Does as told, and waits until the signalling thread knows. */
async function tell(edge: Edge, command: string, args: object): Promise<void> {
  await edge.command(command, args);
  await edge.command("status");
}

async function dial(phone: Softphone, uri: string): Promise<number> {
  const call = phone.call(uri);
  const { status } = await call.final;
  if (status === 200) await call.request("BYE");
  return status;
}

test("a trunk is added and removed while the daemon runs: it calls own users and the phone system, and nobody else", async (t) => {
  const { edge, pbx, anna, carrier } = await scene(t);
  assert.equal(await dial(carrier, anna.aor), 403, "a stranger");
  await tell(edge, "trunk.add", { name: "carrier-1", addresses: ["127.0.0.8/30"] });
  assert.equal(await dial(carrier, anna.aor), 200);
  assert.equal(await dial(carrier, NUMBER), 200);
  assert.equal(pbx.calls.length, 1);
  for (const elsewhere of ["sip:x@elsewhere.example", "sip:x@127.0.0.2"])
    assert.equal(await dial(carrier, elsewhere), 403);
  const neighbour = await edge.phone("n", { domain: "carrier.example", local: "127.0.0.12" });
  assert.equal(await dial(neighbour, anna.aor), 403, "beside the block");
  await tell(edge, "trunk.remove", { name: "carrier-1" });
  assert.equal(await dial(carrier, anna.aor), 403);
});

test("a trunk may name an own domain in From and is asked for no password; it registers nobody", async (t) => {
  const { edge, anna } = await scene(t);
  await tell(edge, "trunk.add", { name: "c", addresses: ["127.0.0.9"] });
  const carrier = await edge.phone("+33612345678", { password: "", local: "127.0.0.9" });
  assert.equal(await dial(carrier, anna.aor), 200);
  const thief = await edge.phone("anna", { password: "guessed", local: "127.0.0.9" });
  assert.equal((await thief.register()).status, 401);
});

test("transport and From domain: what does not fit is a stranger", async (t) => {
  const { edge, anna, carrier } = await scene(t);
  await tell(edge, "trunk.add", { name: "c", addresses: ["127.0.0.9"], transport: "tcp" });
  assert.equal(await dial(carrier, anna.aor), 403, "over UDP");
  await tell(edge, "trunk.remove", { name: "c" });
  await tell(edge, "trunk.add", { name: "c", addresses: ["127.0.0.9"], fromDomain: "Other.example" });
  assert.equal(await dial(carrier, anna.aor), 403, "another domain");
  await tell(edge, "trunk.add", { name: "d", addresses: ["127.0.0.9"], fromDomain: "Carrier.example" });
  assert.equal(await dial(carrier, anna.aor), 200);
});

test("of one name the configuration's counts: it cannot be removed by command, and is shown as its own", async (t) => {
  const { edge, anna, carrier } = await scene(t, '[[trunk]]\nname = "fixed"\naddresses = ["127.0.0.9"]\n');
  assert.equal(await dial(carrier, anna.aor), 200);
  await assert.rejects(edge.command("trunk.remove", { name: "fixed" }), /TRUNK_CONFIGURED/);
  await assert.rejects(edge.command("trunk.add", { name: "fixed", addresses: ["192.0.2.1"] }), /TRUNK_EXISTS/);
  await tell(edge, "trunk.add", { name: "added", addresses: ["192.0.2.1"] });
  const list = (await edge.command("trunk.list")) as { name: string; origin: string }[];
  assert.deepEqual(
    list.map((x) => [x.name, x.origin]),
    [
      ["fixed", "configuration"],
      ["added", "store"],
    ],
  );
});

test("test: the answer and its time; what does not answer; what is no address of the trunk", async (t) => {
  const { edge, carrier } = await scene(t);
  await tell(edge, "trunk.add", { name: "c", addresses: ["127.0.0.8/30", "127.0.0.9"] });
  const to = carrier.wire.sentBy;
  const good = (await edge.command("trunk.test", { name: "c", to })) as { status: number; ms: number; at: string };
  assert.deepEqual([good.status, good.at], [200, `udp:${to}`]);
  assert.ok(good.ms > 0 && good.ms < 1_000, String(good.ms));
  const bad = (await edge.command("trunk.test", { name: "c", to: "127.0.0.10:9" })) as {
    status: number;
    fault: string;
  };
  assert.deepEqual([bad.status, bad.fault], [0, "no answer"]);
  await assert.rejects(edge.command("trunk.test", { name: "c", to: "192.0.2.1:5060" }), /TRUNK_TARGET/);
  await assert.rejects(edge.command("trunk.test", { name: "nobody" }), /TRUNK_UNKNOWN/);
});
