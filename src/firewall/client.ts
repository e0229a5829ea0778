import { openSync } from "node:fs";
import { BoundedMap, isTrouble, type Trouble, trouble } from "../base/index.ts";
import type { Enforcer, EnforcerView, Held, PacketCounts } from "../ports/index.ts";
import { isHostText } from "./blocks.ts";
import { Counting } from "./counting.ts";
import { helperCommand, unable, WITHOUT_KERNEL, whoWeAre } from "./launch.ts";
import type { EnforcerOptions } from "./options.ts";
import { type Job, Pending } from "./pending.ts";
import { HelperProcess } from "./process.ts";
import { type Answer, isListName, MOST_ROWS } from "./protocol.ts";
import type { Door } from "./ruleset.ts";
import { differenceOf, sendJob, type Wanted } from "./send.ts";

/** What a banned source sends may have been on its way for so long after the kernel was told, ms. */
const ON_ITS_WAY = 1_000;
const RECENT = 65_536;
/** Pauses before the helper is started again, and the table made again, after failures in a row. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 15_000;
/** It was well for so long: what failed before is forgotten. */
const WELL = 60_000;
/** Between two times that the table is made, since somebody may undo it each time. */
const BUILDS = 1_000;
const COMPARED = 3_600_000;
/** Compared again after so many ms, so many times, when something changed meanwhile. */
const COMPARE_AGAIN = 10_000;
const COMPARE_TRIES = 3;

/** The kernel's part of the shield, by way of the helper. */
export class Client implements Enforcer {
  readonly #o: EnforcerOptions;
  readonly #pending = new Pending();
  readonly #wanted: Wanted;
  readonly #answers = new Map<number, (answer: Answer | undefined) => void>();
  /** Sources whose ban the kernel was told of late, and when it was in force. */
  readonly #recent = new BoundedMap<string, number>(RECENT);
  readonly #paper: number;
  #helper: HelperProcess | undefined;
  #state: EnforcerView["state"] = "starting";
  #trouble: Trouble | undefined;
  #since = Date.now();
  #version = "";
  /** The helper has said that it can serve. */
  #ready = false;
  /** What is to be in force can be asked for. */
  #isKnown = false;
  #isOpen = false;
  #busy = false;
  #stopped = false;
  #id = 0;
  #failures = 0;
  #built = Number.NEGATIVE_INFINITY;
  #done = 0;
  #refused = 0;
  readonly #seen = { changes: 0, leaks: 0, restarts: 0, lastChange: "", latency: 0 };
  readonly #counting = new Counting(async () => {
    const answer = await this.#ask({ do: "counts" });
    return answer?.say === "counts" ? answer.counts : undefined;
  });
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: EnforcerOptions) {
    this.#o = options;
    const { spec, never, standing } = options;
    // Who only observes bans nobody.
    const bans = (): Iterable<Held> => (this.#wanted.spec.drops ? options.bans() : []);
    this.#wanted = {
      spec: { ...spec, doors: [] },
      never,
      bans,
      standing,
      mutes: () => (this.#wanted.spec.drops ? (options.mutes?.() ?? []) : []),
      nets: new Map(),
      lists: new Map(),
      there: { ban: new Set(), standing: new Set(), mute: new Set() },
    };
    this.#paper = options.backend === "dry-run" ? openSync(options.paper, "a", 0o600) : -1;
    this.#start();
    this.#later(COMPARED, () => this.#compare(1));
  }

  /** From now on the table is being filled: with many bans that takes as long as all else that has to start. */
  fill(): void {
    this.#isKnown = true;
    this.#wake();
  }

  /** From now on it enforces, at these listeners. */
  open(doors: readonly Door[]): void {
    this.#wanted.spec = { ...this.#wanted.spec, doors };
    this.#isOpen = true;
    this.#pending.doors();
    this.fill();
  }

  ban(rows: readonly Held[]): void {
    if (!this.#wanted.spec.drops) return;
    const now = performance.now();
    for (const row of rows) {
      if (isHostText(row.source)) this.#pending.put("ban", row, now);
      else {
        this.#wanted.nets.set(row.source, now + row.left);
        this.#pending.net();
      }
    }
    this.#wake();
  }

  unban(sources: readonly string[]): void {
    if (!this.#wanted.spec.drops) return;
    const now = performance.now();
    for (const source of sources) {
      // A block that is not there was only noted, or hears an answer: there is nothing to take out.
      if (isHostText(source)) this.#pending.drop("ban", source, now);
      else if (this.#wanted.nets.delete(source)) this.#pending.net();
    }
    this.#wake();
  }

  mute(rows: readonly Held[]): void {
    if (this.#wanted.spec.drops) this.#tell("mute", rows);
  }

  unmute(sources: readonly string[]): void {
    if (!this.#wanted.spec.drops) return;
    for (const source of sources) this.#pending.drop("mute", source, performance.now());
    this.#wake();
  }

  setDrops(drops: boolean): void {
    if (this.#wanted.spec.drops === drops) return;
    this.#wanted.spec = { ...this.#wanted.spec, drops };
    this.#pending.table();
    this.#wake();
  }

  stand(rows: readonly Held[]): void {
    this.#tell("standing", rows);
  }

  setNever(blocks: readonly string[]): void {
    this.#wanted.never = blocks;
    this.#pending.never();
    this.#wake();
  }

  setList(name: string, blocks: readonly string[]): void {
    if (!isListName(name)) throw new Error(`no name for a list: ${name}`);
    if (blocks.length === 0) this.#wanted.lists.delete(name);
    else this.#wanted.lists.set(name, blocks);
    this.#pending.list(name);
    this.#wake();
  }

  leaked(source: string): boolean {
    const now = performance.now();
    const isNew = now - Math.max(this.#built, this.#recent.get(source) ?? 0) < ON_ITS_WAY;
    if (this.#state !== "on" || !this.#wanted.spec.drops || isNew || this.#pending.has("ban", source)) return false;
    this.#seen.leaks++;
    return true;
  }

  counts(): Promise<PacketCounts> {
    return this.#counting.read();
  }

  view(): EnforcerView {
    const { backend } = this.#o;
    return {
      backend,
      state: this.#state,
      trouble: this.#trouble,
      since: this.#since,
      version: this.#version,
      drops: this.#wanted.spec.drops,
      ...this.#seen,
    };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    // Between two helpers there is nobody who could take away what the last one has made.
    if (this.#helper === undefined && Number.isFinite(this.#built)) this.#start();
    await this.#helper?.end();
  }

  #tell(set: "standing" | "mute", rows: readonly Held[]): void {
    const now = performance.now();
    for (const row of rows) this.#pending.put(set, row, now);
    this.#wake();
  }

  #start(): void {
    const { backend, spec, keep } = this.#o;
    const words = [backend, spec.table, keep ? "keep" : "remove"];
    const command = helperCommand(whoWeAre(), words, backend === "dry-run");
    if (isTrouble(command)) {
      this.#off(command);
      return;
    }
    const began = performance.now();
    this.#pending.table();
    const helper = new HelperProcess(
      command,
      this.#paper,
      (answer) => this.#hear(answer),
      (why) => this.#lost(why, performance.now() - began),
    );
    this.#helper = helper;
  }

  #lost(why: string, lived: number): void {
    this.#helper = undefined;
    this.#ready = false;
    for (const answered of this.#answers.values()) answered(undefined);
    this.#answers.clear();
    if (this.#stopped) return;
    this.#failures = lived > WELL ? 1 : this.#failures + 1;
    this.#seen.restarts++;
    const known = this.#trouble?.code;
    if (known !== "FIREWALL_NFT" && known !== "FIREWALL_RIGHTS" && known !== "FIREWALL_TAKEN") {
      this.#off(
        trouble("FIREWALL_HELPER", `the firewall helper ended: ${why}`, WITHOUT_KERNEL, "nothing: it is started again"),
      );
    }
    this.#later(this.#pause(), () => this.#start());
  }

  #hear(answer: Answer): void {
    switch (answer.say) {
      case "hello":
        this.#version = answer.version;
        this.#ready = true;
        this.#wake();
        break;
      case "unable":
        this.#failures = Math.max(this.#failures, 8);
        this.#off(unable(answer.code, answer.why));
        break;
      case "changed":
        this.#seen.changes++;
        this.#seen.lastChange = `${answer.what}, by ${answer.by}`;
        this.#o.onEvent({ what: "changed", change: answer.what, by: answer.by });
        this.#pending.table();
        this.#wake();
        break;
      case "unsure":
        this.#later(BUILDS, () => this.#compare(1));
        break;
      default:
        this.#answers.get(answer.id)?.(answer);
        this.#answers.delete(answer.id);
    }
  }

  #off(reason: Trouble): void {
    const isNew = this.#state !== "off" || this.#trouble?.code !== reason.code;
    this.#trouble = reason;
    if (this.#state !== "off") this.#since = Date.now();
    this.#state = "off";
    if (isNew) this.#o.onEvent({ what: "off", trouble: reason });
  }

  /** After this turn, so that all that one message brings about goes in one batch. */
  #wake(): void {
    if (this.#busy || this.#stopped || !this.#ready || !this.#isKnown) return;
    this.#busy = true;
    queueMicrotask(() => void this.#work());
  }

  async #work(): Promise<void> {
    for (;;) {
      const wait = this.#built + BUILDS - performance.now();
      const job = this.#stopped ? undefined : this.#pending.next(wait <= 0, MOST_ROWS);
      if (job === undefined || this.#helper === undefined) {
        this.#busy = false;
        // The table is to be made again, and it is too early for that.
        if (wait > 0 && !this.#stopped) this.#later(wait, () => this.#wake());
        return;
      }
      const error = await this.#perform(job, this.#helper);
      if (error === undefined) {
        // The helper is gone: the next one begins with everything.
        this.#busy = false;
        return;
      }
      if (error !== "") this.#failed(job, error);
    }
  }

  #failed(job: Job, error: string): void {
    if (job.what === "list" || job.what === "net" || job.what === "never") {
      const part = job.what === "list" ? `the list ${job.list}` : job.what;
      this.#o.onEvent({ what: "refused", part, why: error });
      return;
    }
    this.#pending.table();
    if (job.what === "change") return;
    this.#failures++;
    this.#built = performance.now() + this.#pause() - BUILDS;
    this.#off(unable(/not permitted/i.test(error) ? "FIREWALL_RIGHTS" : "FIREWALL_NFT", error));
  }

  /** Empty: it is in force. Undefined: there is nobody left to do it. */
  async #perform(job: Job, helper: HelperProcess): Promise<string | undefined> {
    const began = performance.now();
    const answer = await this.#batch(helper, job);
    if (answer?.say !== "done") return undefined;
    if (answer.error !== "") return answer.error;
    const now = performance.now();
    this.#done++;
    if (job.what === "table") this.#madeTable(now, answer.refused);
    else this.#refused += answer.refused;
    if (this.#isOpen && this.#pending.isWhole) this.#on(now - began);
    if (job.what !== "change") return "";
    for (const [set, { source }] of job.put) if (set === "ban") this.#recent.set(source, now);
    this.#seen.latency = now - job.since;
    return "";
  }

  #madeTable(now: number, refused: number): void {
    this.#built = now;
    this.#refused = refused;
    this.#failures = 0;
    for (const list of this.#wanted.lists.keys()) this.#pending.list(list);
    if (this.#wanted.nets.size > 0) this.#pending.net();
  }

  #on(ms: number): void {
    this.#trouble = undefined;
    if (this.#state === "on") return;
    this.#state = "on";
    this.#since = Date.now();
    this.#o.onEvent({ what: "on", ms, drops: this.#wanted.spec.drops });
  }

  async #batch(helper: HelperProcess, job: Job): Promise<Answer | undefined> {
    const id = ++this.#id;
    const { promise, resolve } = Promise.withResolvers<Answer | undefined>();
    this.#answers.set(id, resolve);
    await sendJob(helper, id, job, this.#wanted);
    if (!helper.open) resolve(undefined);
    return promise;
  }

  /** Is in the kernel what should be? Reading it all takes a while, so this is asked rarely, and again when something changed meanwhile. */
  #compare(tries: number): void {
    if (tries === 1) this.#later(COMPARED, () => this.#compare(1));
    if (this.#state !== "on" || this.#o.backend === "dry-run") return;
    const done = this.#done;
    void this.#ask({ do: "sums" }).then((answer) => {
      if (answer?.say !== "sums") return;
      if (this.#done !== done || this.#busy) {
        if (tries < COMPARE_TRIES) this.#later(COMPARE_AGAIN, () => this.#compare(tries + 1));
        return;
      }
      const what =
        answer.error !== ""
          ? answer.error
          : answer.rules
            ? differenceOf(answer.sets, this.#wanted.bans(), this.#refused)
            : "other rules";
      if (what !== "") this.#hear({ say: "changed", what, by: "somebody unknown: found by comparing" });
    });
  }

  #ask(question: { readonly do: "counts" | "sums" }): Promise<Answer | undefined> {
    const { promise, resolve } = Promise.withResolvers<Answer | undefined>();
    const helper = this.#ready ? this.#helper : undefined;
    if (helper === undefined) resolve(undefined);
    else {
      const id = ++this.#id;
      this.#answers.set(id, resolve);
      void helper.send({ ...question, id });
    }
    return promise;
  }

  #pause(): number {
    return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(this.#failures, 10));
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#stopped) act();
    }, ms);
    timer.unref();
    this.#timers.add(timer);
  }
}
