import { type Trouble, trouble } from "../base/index.ts";

/** "ENOENT" of an error of the system. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

const GOES_ON = "Nothing else is held up; reading goes on by itself when this is put right.";

/** Why a file cannot be read now. */
export function fileTrouble(path: string, code: string): Trouble {
  if (code === "ENOENT" || code === "ENOTDIR")
    return trouble("FOLLOW_MISSING", `${path} is not there`, GOES_ON, `See what is there: ls -l ${path}`);
  if (code === "EACCES" || code === "EPERM") {
    const next = `Let the user that runs this read it, and the folders above it: namei -l ${path}`;
    return trouble("FOLLOW_DENIED", `${path} may not be read`, GOES_ON, next);
  }
  if (code === "NOTFILE")
    return trouble(
      "FOLLOW_NOT_A_FILE",
      `${path} is no regular file`,
      GOES_ON,
      "Name the file that the log is written to.",
    );
  return trouble(
    "FOLLOW_UNREADABLE",
    `${path} cannot be read: ${code}`,
    GOES_ON,
    `See what is wrong with it: ls -l ${path}`,
  );
}

/** The kernel has no more to spare for being told of changes. */
export function inotifyTrouble(path: string, code: string): Trouble {
  const what = `the kernel does not tell of changes of ${path}: ${code}`;
  const next = "Raise fs.inotify.max_user_watches and fs.inotify.max_user_instances: sysctl fs.inotify";
  return trouble("FOLLOW_INOTIFY", what, "It is read once a second instead.", next);
}

/** What stood there before this began is gone. */
export function lostTrouble(path: string): Trouble {
  const what = `what was written to ${path} before it was rotated is not there any more`;
  const next = "Nothing, unless it happens again: let the log be kept for longer (logrotate: delaycompress).";
  return trouble("FOLLOW_LOST", what, "The present file is read from its beginning.", next);
}
