/** What of somebody else's configuration has a place in ours, and what has none. */
export interface ImportPlan {
  readonly never: string[];
  /** Limits of `wrong-password` and `unknown-users`. */
  readonly limits: string[];
  readonly logs: { readonly path: string; readonly format: string }[];
  readonly journals: { readonly unit: string; readonly format: string }[];
  readonly ports: string[];
  manager: { readonly host: string; readonly port: number; readonly user: string } | undefined;
  /** A line for each thing that was taken, and for each that was not, with the reason. */
  readonly taken: string[];
  readonly left: string[];
}

export function emptyPlan(): ImportPlan {
  return { never: [], limits: [], logs: [], journals: [], ports: [], manager: undefined, taken: [], left: [] };
}

/** Adds what is not there yet. */
export function addOnce<T>(all: T[], one: T): void {
  const text = JSON.stringify(one);
  if (!all.some((other) => JSON.stringify(other) === text)) all.push(one);
}

/** The plan as a file of ours; the report stands in it as comments. */
export function planToml(plan: ImportPlan): string {
  const lines = [
    ...report("Taken", plan.taken),
    ...report("Not taken", plan.left),
    ...(plan.never.length > 0 ? ["[shield]", `never = ${texts(plan.never)}`, ""] : []),
    ...(plan.limits.length > 0 ? limitLines(plan.limits) : []),
    ...(plan.ports.length > 0 ? ["[watch]", `ports = ${texts(plan.ports)}`, ""] : []),
    ...plan.logs.flatMap(({ path, format }) => [
      "[[watch.log]]",
      `path = ${text(path)}`,
      `format = ${text(format)}`,
      "",
    ]),
    ...plan.journals.flatMap(({ unit, format }) => [
      "[[watch.journal]]",
      `unit = ${text(unit)}`,
      `format = ${text(format)}`,
      "",
    ]),
    ...managerLines(plan.manager),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

function report(title: string, lines: readonly string[]): string[] {
  // A value of somebody else's must not end the comment.
  return lines.length === 0 ? [] : [`# ${title}:`, ...lines.map((line) => `#  - ${line.replace(/\p{C}+/gu, " ")}`), ""];
}

function limitLines(limits: readonly string[]): string[] {
  return ["wrong-password", "unknown-users"].flatMap((name) => [
    `[shield.scenarios.${name}]`,
    `limits = ${texts(limits)}`,
    "",
  ]);
}

function managerLines(manager: ImportPlan["manager"]): string[] {
  if (manager === undefined) return [];
  const { host, port, user } = manager;
  return [
    "[watch.manager]",
    `host = ${text(host)}`,
    `port = ${port}`,
    `user = ${text(user)}`,
    'secret_file = "manager.secret"',
  ];
}

function texts(all: readonly string[]): string {
  return `[${all.map(text).join(", ")}]`;
}

/** JSON's strings are TOML's, but for DEL. */
function text(value: string): string {
  return JSON.stringify(value).replaceAll("\u007f", "\\u007f");
}
