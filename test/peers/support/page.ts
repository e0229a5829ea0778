import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DOMAIN, PASSWORD } from "../../support/edge.ts";
import type { Target } from "./asterisk.ts";

/** Files as a page of docs/ says that an operator shall write them: the code blocks below `<!-- NAME -->`. */
export interface Page {
  readonly rempart: string;
  /** Asterisk's files by name. */
  readonly asterisk: Readonly<Record<string, string>>;
}

/** Where the parties of a page really are, each as "127.0.0.1:port". */
export interface Places {
  readonly rempart: string;
  readonly asterisk: string;
}

/**
 * Reads what a page has for one driver. A block may name the driver that it is for, `<!-- extensions.conf pjsip -->`, and after
 * that the `variant` without which it is not read.
 */
export function readPage(name: string, driver: Target["driver"], places: Places, variant?: string): Page {
  const text = readFileSync(join(import.meta.dirname, "../../../docs", name), "utf8");
  const files: Record<string, string> = {};
  const blocks = /^<!-- (\S+)(?: (\S+))?(?: (\S+))? -->\n```\w+\n(.*?)^```$/gms;
  for (const [, file, only = driver, when = variant, block] of text.matchAll(blocks)) {
    if (only === driver && when === variant) files[file] = (files[file] ?? "") + put(block, places);
  }
  const { "rempart.toml": rempart = "", ...asterisk } = files;
  assert.ok(
    rempart.includes("[[backend]]") && Object.keys(asterisk).length >= 3,
    `${name} has not the blocks it should`,
  );
  return { rempart, asterisk };
}

/** Ports first: the address alone is a part of them. */
function put(block: string, { rempart, asterisk }: Places): string {
  assert.ok(!block.includes("example.org") || block.includes(DOMAIN), "the page has another domain than the tests");
  const there = block.replaceAll("10.0.0.5:5070", rempart).replaceAll("10.0.0.11:5060", asterisk);
  const port = there.replaceAll("port = 5070", `port = ${rempart.split(":")[1]}`).replaceAll("10.0.0.5", "127.0.0.1");
  return port.replaceAll(/\bsecret-of-[\w-]+/g, PASSWORD);
}
