import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { openPhone, type PhoneOptions, type Softphone } from "../../../src/demo/index.ts";
import { startDaemon } from "../../support/child.ts";
import { DOMAIN, PASSWORD } from "../../support/edge.ts";
import { type Asterisk, startAsterisk, type Target } from "./asterisk.ts";
import { MD5, type PeerEdge, startPeerEdge } from "./daemon.ts";
import { readPage } from "./page.ts";
import { freePort } from "./programs.ts";

/** Rempart before Asterisk, both configured as a page of docs/ says. */
export interface Site {
  readonly edge: PeerEdge;
  /** `[front] register`. */
  readonly mode: string;
  readonly target: Target;
  /** The phone systems, "asterisk-1" first. */
  readonly pbxs: readonly Asterisk[];
  /** A phone of that name, closed at the end of the test. */
  phone(user: string, more?: Partial<PhoneOptions>): Promise<Softphone>;
  /** Rempart is killed and starts again on the ports that it had. */
  restart(): Promise<void>;
}

export interface SiteOptions {
  /** File in docs/. */
  readonly page: string;
  readonly target: Target;
  readonly users: readonly string[];
  /** How many phone systems; default 1. */
  readonly count?: number;
  /** Whether they keep what they receive; default yes. */
  readonly trace?: boolean;
  /** More lines of [front]. */
  readonly front?: string;
  /** Blocks of the page that are for this only. */
  readonly variant?: string;
  /** Lines for Asterisk beyond those of the page, by file; `rempart` is where it reaches Rempart. */
  readonly beyond?: (rempart: string) => Readonly<Record<string, string>>;
}

function more(rempart: string, front: string): string {
  return rempart.replace("[front]\n", `[front]\n${front}`);
}

/** Starts all of it. Rempart comes first: Asterisk's configuration names its port. */
export async function startSite(t: TestContext, o: SiteOptions): Promise<Site> {
  const { page, target, users, count = 1, trace = true, front = "", variant, beyond = () => ({}) } = o;
  const ports = await Promise.all(Array.from({ length: count }, freePort));
  const at = ports.map((port) => `127.0.0.1:${port}`);
  const { rempart } = readPage(page, target.driver, { rempart: "-", asterisk: at[0] });
  const others = at.slice(1).map((uri, i) => `[[backend]]\nname = "asterisk-${i + 2}"\nuri = "sip:${uri}"\n`);
  const edge = await startPeerEdge(t, users, `${more(rempart, front)}${others.join("")}${MD5}`);
  const start = (port: number, i: number): Promise<Asterisk> => {
    const { asterisk } = readPage(page, target.driver, { rempart: edge.inside, asterisk: at[i] }, variant);
    const files = { ...asterisk };
    for (const [name, lines] of Object.entries(beyond(edge.inside))) files[name] = `${files[name]}\n${lines}`;
    return startAsterisk(t, { ...target, port, files, trace });
  };
  const pbxs = await Promise.all(ports.map(start));
  const phone = async (user: string, more: Partial<PhoneOptions> = {}): Promise<Softphone> => {
    const own = { name: user, user, domain: DOMAIN, password: PASSWORD, edge: edge.daemon.udp };
    const opened = await openPhone({ ...own, ...more });
    t.after(() => opened.close());
    return opened;
  };
  const restart = async (): Promise<void> => {
    const file = join(edge.folder, "rempart.toml");
    const ports = [edge.udp, edge.tcp];
    writeFileSync(
      file,
      readFileSync(file, "utf8")
        .replace(/127\.0\.0\.1:0/g, (any) => ports.shift() ?? any)
        .replace("[front]\n", `[front]\nprivate_port = ${edge.inside.split(":")[1]}\n`),
    );
    await edge.daemon.kill("SIGKILL");
    await startDaemon(t, file);
  };
  const mode = /^register = "(\w+)"/m.exec(rempart)?.[1] ?? "";
  return { edge, mode, target, pbxs, phone, restart };
}
