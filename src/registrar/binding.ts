import type { Flow } from "../base/index.ts";

/**
 * Where a user can be reached: one contact of one address-of-record. The registrar alone changes it, and renews it in
 * place: who keeps one across turns sees it renewed. Its name is (aor, contact, instance, regId).
 */
export interface Binding {
  readonly aor: string;
  /** Contact URI as it was written. */
  readonly contact: string;
  /** Contact parameters as they were written, from the first ";", without `expires`. */
  readonly params: string;
  readonly callId: string;
  readonly cseq: number;
  /** Wall milliseconds at which it ends. */
  readonly expires: number;
  /** The end that was last told as a change: what a store knows. */
  readonly told: number;
  /** 0..1000. */
  readonly q: number;
  /** RFC 3327: values for the Route of whatever is sent here, first hop first. */
  readonly path: readonly string[];
  /** RFC 5626: `+sip.instance` as written, without quotes; empty for none. */
  readonly instance: string;
  /** RFC 5626: `reg-id`; 0 when the contact is no outbound one. */
  readonly regId: number;
  readonly userAgent: string;
  /** The flow it was registered on, which is the way to it. Undefined only after a restore that found no way. */
  readonly flow: Flow | undefined;
  /** The same as text, "udp:203.0.113.9:5060", to find a flow again after a restart. */
  readonly received: string;
  /** Index of the listener that the flow belongs to. */
  readonly listener: number;
}

/** A binding as it outlives the process: all but its flow. */
export type StoredBinding = Omit<Binding, "flow" | "told">;

/** The registrar's own view. */
export type MutableBinding = { -readonly [K in keyof Binding]: Binding[K] };

/** What happened to a binding: made or renewed, or gone. For one name the later change is the one that counts. */
export interface BindingChange {
  readonly kind: "put" | "remove";
  readonly binding: Binding;
}

/** Shared answers where nothing changed or nothing is bound. */
export const NO_CHANGES: readonly BindingChange[] = Object.freeze([]);
export const NO_BINDINGS: readonly Binding[] = Object.freeze([]);
