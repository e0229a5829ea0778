import { execFile } from "node:child_process";

/** What the installed Asterisk says of itself ("Asterisk 22.5.1"); undefined where there is none, or it does not answer. */
export function installedVersion(): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile("asterisk", ["-V"], { timeout: 5_000, killSignal: "SIGKILL", maxBuffer: 4_096 }, (error, stdout) => {
      resolve(error === null && stdout.trim() !== "" ? stdout.trim().split("\n")[0] : undefined);
    });
  });
}
