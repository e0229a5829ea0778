/** A table of a TOML file. */
export type Table = { [key: string]: unknown };

/** Which file a place of the merged configuration came from, and the list place it has there. */
export interface Origin {
  readonly file: string;
  /** Merged index minus the index in the file, for lists of tables that several files add to. */
  readonly shift: number;
}

/** The files of a configuration laid over each other. */
export interface Merged {
  readonly raw: Table;
  /** Origins by path text: of every value, and of every table in a list. */
  readonly origins: ReadonlyMap<string, Origin>;
}

/**
 * Lays files over each other in order: tables are joined key by key, lists of tables are added up, of anything else the
 * last one counts.
 */
export function merge(files: readonly { readonly file: string; readonly table: Table }[]): Merged {
  const origins = new Map<string, Origin>();
  const raw = emptyTable();
  for (const { file, table } of files) lay(raw, table, "", file, origins);
  return { raw, origins };
}

function lay(under: Table, over: Table, prefix: string, file: string, origins: Map<string, Origin>): void {
  for (const [key, value] of Object.entries(over)) {
    const path = prefix === "" ? key : `${prefix}.${key}`;
    const old = under[key];
    if (isTable(old) && isTable(value)) {
      lay(old, value, path, file, origins);
    } else if (isTable(value)) {
      const copy = emptyTable();
      origins.set(path, { file, shift: 0 });
      lay(copy, value, path, file, origins);
      under[key] = copy;
    } else if (isTableList(value)) {
      const before = isTableList(old) ? old : [];
      origins.set(path, { file, shift: 0 });
      value.forEach((_, i) => {
        origins.set(`${path}[${before.length + i}]`, { file, shift: before.length });
      });
      under[key] = [...before, ...value];
    } else {
      origins.set(path, { file, shift: 0 });
      under[key] = value;
    }
  }
}

/** A table without a prototype: "__proto__" and "constructor" are keys like any other, and unknown ones. */
function emptyTable(): Table {
  return Object.create(null);
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function isTableList(value: unknown): value is Table[] {
  return Array.isArray(value) && value.length > 0 && value.every(isTable);
}
