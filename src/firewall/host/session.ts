import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { formatIp } from "../../base/index.ts";
import { readSshConnection, type SshSession } from "./needs.ts";

/** Ancestors looked at: shell, sudo, screen and the like. */
const ANCESTORS = 32;

/**
 * SSH sessions that must not be cut: the one that this process came from, by its environment or that of its ancestors (sudo takes the variable
 * away, the shell before it still has it), and those in which somebody works at this moment (a terminal of tmux was begun by a session
 * that may be over).
 */
export function sshSessions(environment: Readonly<Record<string, string | undefined>>): SshSession[] {
  const own = environment.SSH_CONNECTION ?? inherited(process.ppid);
  const first = own === undefined ? undefined : readSshConnection(own);
  const all = [...(first === undefined ? [] : [first]), ...workingSessions()];
  return all.filter((s, i) => all.findIndex((o) => o.client === s.client && o.port === s.port) === i);
}

/** SSH_CONNECTION of the nearest ancestor that has one, proc_pid_environ(5). */
function inherited(pid: number): string | undefined {
  for (let i = 0; i < ANCESTORS && pid > 1; i++) {
    const set = read(`/proc/${pid}/environ`)?.split("\0");
    const found = set?.find((each) => each.startsWith("SSH_CONNECTION="));
    if (found !== undefined) return found.slice("SSH_CONNECTION=".length);
    pid = parentOf(pid);
  }
  return undefined;
}

/** Connections of those processes of sshd below which something else runs: who has not logged in yet has nothing there. */
function workingSessions(): SshSession[] {
  const pids = list("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const names = new Map(pids.map((pid) => [pid, read(`/proc/${pid}/comm`)?.trim() ?? ""]));
  const isSshd = (pid: number): boolean => names.get(pid)?.startsWith("sshd") ?? false;
  const inodes = new Set<string>();
  for (const pid of pids) {
    if (isSshd(pid) || names.get(pid) === "") continue;
    // From what runs up to the first sshd, and on through all of that session (one for the rights, one for the user).
    for (let at = parentOf(pid), i = 0; i < ANCESTORS && at > 1; at = parentOf(at), i++) {
      if (isSshd(at)) for (const inode of socketsOf(at)) inodes.add(inode);
    }
  }
  if (inodes.size === 0) return [];
  return ["tcp", "tcp6"].flatMap((table) => establishedIn(read(`/proc/net/${table}`) ?? "", inodes));
}

/** Established connections of /proc/net/tcp whose socket is one of those; exported for its test. */
export function establishedIn(table: string, inodes: ReadonlySet<string>): SshSession[] {
  return table.split("\n").flatMap((line) => {
    const [, local = "", remote = "", state, , , , , , inode = ""] = line.trim().split(/\s+/);
    // TCP_ESTABLISHED.
    if (state !== "01" || !inodes.has(inode)) return [];
    const [at, from] = [endOf(local), endOf(remote)];
    return at === undefined || from === undefined ? [] : (readSshConnection(`${from} ${at}`) ?? []);
  });
}

/** "address port": hex, each 32 bits in the machine's own byte order. */
function endOf(text: string): string | undefined {
  const [hex = "", port = ""] = text.split(":");
  if (!/^(?:[\dA-F]{8}|[\dA-F]{32})$/.test(hex) || !/^[\dA-F]{4}$/.test(port)) return undefined;
  const bytes = Uint8Array.from(Buffer.from(hex, "hex"));
  for (let i = 0; i < bytes.length; i += 4) bytes.subarray(i, i + 4).reverse();
  return `${formatIp({ family: bytes.length === 4 ? 4 : 6, bytes })} ${Number.parseInt(port, 16)}`;
}

function socketsOf(pid: number): string[] {
  return list(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch {
      return [];
    }
  });
}

function parentOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`) ?? "";
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? 0);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
