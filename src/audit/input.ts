/** One file of a configuration, as whoever read it found it. */
export interface AuditFile {
  /** Latin1: a character for each byte. */
  readonly text: string;
  /** Permission bits and owner, where the source knows them (a tar file and a folder do). */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** A configuration as a whole. Nothing is read besides, and nothing is run. */
export interface AuditInput {
  /** By path below the folder that was named, with "/": "pjsip.conf", "custom/dialplan.conf". */
  readonly files: ReadonlyMap<string, AuditFile>;
  /** How the user named the folder, for places in findings: "/etc/asterisk". */
  readonly folder: string;
  /** Of the phone system, where it is known: "22.1.0". */
  readonly version?: string;
  /** Milliseconds since 1970, for what expires. */
  readonly now: number;
}
