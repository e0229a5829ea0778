/** RFC 3261 16.6.11: timer C, milliseconds; it must be larger than 3 minutes. */
export const TIMER_C = 181_000;

/**
 * How long a server behind us may say nothing at all before the next one is tried, milliseconds. RFC 3263 4.3 would wait for
 * timer B or F, 32 s, and no caller does.
 */
export const SERVER_PATIENCE = 2_000;

/** RFC 3261 9.1: how long a cancelled branch may stay without a final response, 64*T1 in milliseconds. */
export const CANCEL_PATIENCE = 32_000;
