import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { after } from "node:test";
import { isTrouble } from "../base/index.ts";
import { loadConfig } from "./index.ts";
import type { Config } from "./types.ts";

export const root = mkdtempSync(`${tmpdir()}/rempart-config-`);
after(() => rmSync(root, { recursive: true, force: true }));
let count = 0;

/** Writes files into a folder of their own and loads `rempart.toml` there. */
export function load(text: string | Uint8Array, extras: Record<string, string> = {}) {
  const folder = `${root}/${++count}`;
  mkdirSync(`${folder}/conf.d`, { recursive: true });
  writeFileSync(`${folder}/rempart.toml`, text);
  for (const [name, content] of Object.entries(extras)) writeFileSync(`${folder}/conf.d/${name}`, content);
  return { folder, result: loadConfig(`${folder}/rempart.toml`) };
}

export function config(text: string, extras: Record<string, string> = {}): Config {
  const { result } = load(text, extras);
  if (isTrouble(result)) assert.fail(result.details?.join("\n"));
  return result.config;
}

export const LISTEN = '[[sip.listen]]\ntransport = "udp"\naddress = "127.0.0.1:5060"\n';
